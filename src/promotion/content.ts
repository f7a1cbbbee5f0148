import { Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome } from './events.ts';
import { childBlobs, childManifests, type Graph } from './graph.ts';
import { readBack } from './read-back.ts';
import type { Shelf } from './shelf.ts';
import type { World } from './world.ts';

/** How far the content below one manifest is. */
export interface ContentUnderWay {
  /** every blob is in the destination repository */
  readonly blobs: Promise<readonly BlobOutcome[]>;
  /** every blob, and every manifest below the root */
  readonly whole: Promise<void>;
}

/** Whether a destination is filled, or mended where it is said to be full already. */
export type ContentMode = 'fill' | 'mend';

/** From where to where, and by what means. */
export interface Route {
  readonly source: Reference;
  readonly destination: Reference;
  readonly repository: Repository;
  readonly copy: BlobCopy;
  readonly shelf: Shelf;
}

/**
 * What one destination repository gets from one source repository: each blob and each manifest once,
 * however many images share it, a manifest as soon as its own children are there. No tags.
 */
export class ContentCopy {
  readonly #route: Route;
  readonly #mode: ContentMode;
  readonly #world: World;
  readonly #blobs = new Map<Digest, { readonly blob: Descriptor; readonly outcome: Promise<BlobOutcome> }>();
  readonly #manifests = new Map<Digest, Promise<void>>();
  readonly #proofs: Promise<void>[] = [];
  readonly #written = new Set<Digest>();

  constructor(route: Route, mode: ContentMode, world: World) {
    this.#route = route;
    this.#mode = mode;
    this.#world = world;
  }

  /** Starts on everything below the root of a graph, the root itself excluded. */
  below(graph: Graph): ContentUnderWay {
    const blobs = Promise.all(graph.blobs().map((blob) => this.#blob(blob)));
    const whole = this.#children(graph.root, graph);
    // Both fail for one cause; whoever waits for one only must not end the process by the other.
    blobs.catch(() => undefined);
    whole.catch(() => undefined);
    return { blobs, whole };
  }

  /** Everything of a graph, the root by its digest, and the proof of all of it begun. */
  async all(graph: Graph): Promise<void> {
    await this.#manifest(graph.root.digest, graph);
  }

  /** The same, but the root is proved by whoever reads its tags back. */
  async allUnderTag(graph: Graph): Promise<void> {
    await this.#children(graph.root, graph);
    await this.put(graph.root.digest, graph.root);
  }

  /**
   * Puts a manifest whose children are there. Where the registry then misses one of its blobs all
   * the same (a clean-up may have raced us), the blobs are sent again, once.
   * @param reference a tag or the manifest's digest
   */
  async put(reference: string, manifest: Manifest): Promise<void> {
    this.#written.add(manifest.digest);
    const { repository, copy } = this.#route;
    try {
      await repository.put(reference, manifest);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'NOT_KEPT') throw error;
      await Promise.all(childBlobs(manifest).map((blob) => copy.send(blob)));
      await repository.put(reference, manifest);
    }
  }

  /** Ends when every manifest that was put by digest has been fetched again and hashed. */
  async proven(): Promise<void> {
    await Promise.all(this.#proofs);
  }

  /** Ends when nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    const outcomes = Array.from(this.#blobs.values(), ({ outcome }) => outcome);
    await Promise.allSettled([...outcomes, ...this.#manifests.values(), ...this.#proofs]);
  }

  /** Was anything of this graph missing, so that it was put, mounted or sent? */
  async wrote(graph: Graph): Promise<boolean> {
    if ([...graph.manifests.keys()].some((digest) => this.#written.has(digest))) return true;
    const outcomes = await Promise.all(graph.blobs().map((blob) => this.#blobs.get(blob.digest)?.outcome));
    return outcomes.some((outcome) => outcome === 'mounted' || outcome === 'uploaded');
  }

  /** How each blob that is there came to be there. */
  async outcomes(): Promise<{ readonly blob: Descriptor; readonly outcome: BlobOutcome }[]> {
    const settled = Array.from(this.#blobs.values(), ({ blob, outcome }) =>
      outcome.then(
        (value) => [{ blob, outcome: value }],
        () => [],
      ),
    );
    return (await Promise.all(settled)).flat();
  }

  #blob(blob: Descriptor): Promise<BlobOutcome> {
    const known = this.#blobs.get(blob.digest);
    if (known !== undefined) return known.outcome;
    const outcome = this.#copyBlob(blob);
    this.#blobs.set(blob.digest, { blob, outcome });
    this.#route.shelf.offer(blob.digest, this.#route.destination.path, outcome);
    return outcome;
  }

  async #copyBlob(blob: Descriptor): Promise<BlobOutcome> {
    const { copy, repository } = this.#route;
    const from = this.#mode === 'mend' ? undefined : await this.#mountable(blob);
    const how = from === undefined ? await copy.sendIfMissing(blob) : await copy.mountOrSend(blob, from);
    this.#world.emit({ type: 'blob', repository: repository.name, blob, how });
    return how;
  }

  /** The path of a repository on the destination's host that has the blob: the source, or one that got it before. */
  async #mountable(blob: Descriptor): Promise<string | undefined> {
    const { source, destination, shelf } = this.#route;
    if (source.host === destination.host) return source.path;
    const place = shelf.find(blob.digest);
    if (place === undefined || place.path === destination.path) return undefined;
    const arrived = await place.ready.then(
      () => true,
      () => false,
    );
    return arrived ? place.path : undefined;
  }

  async #children(manifest: Manifest, graph: Graph): Promise<void> {
    await Promise.all([
      ...childBlobs(manifest).map((blob) => this.#blob(blob)),
      ...childManifests(manifest).map((child) => this.#manifest(child.digest, graph)),
    ]);
  }

  #manifest(digest: Digest, graph: Graph): Promise<void> {
    const known = this.#manifests.get(digest);
    if (known !== undefined) return known;
    const done = this.#copyManifest(digest, graph);
    this.#manifests.set(digest, done);
    return done;
  }

  async #copyManifest(digest: Digest, graph: Graph): Promise<void> {
    const manifest = graph.manifests.get(digest);
    if (manifest === undefined) throw new Fault('UNEXPECTED', `${digest} is not part of the graph that was read`);
    const { repository } = this.#route;
    await this.#children(manifest, graph);
    if (this.#mode === 'mend' && (await repository.get(digest)) !== undefined) return;
    await this.put(digest, manifest);
    this.#world.emit({ type: 'manifest', repository: repository.name, digest });
    const proof = readBack(repository, digest, digest, undefined, this.#world);
    proof.catch(() => undefined);
    this.#proofs.push(proof);
  }
}
