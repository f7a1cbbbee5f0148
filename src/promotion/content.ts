import type { LimitFunction } from 'p-limit';
import { Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Repository } from '../oci/repository.ts';
import { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome } from './events.ts';
import { childBlobs, childManifests, type Graph } from './graph.ts';
import { readBack } from './read-back.ts';
import type { World } from './world.ts';

/** How far the content of one image is. */
export interface ContentUnderWay {
  /** every blob is in the destination repository */
  readonly blobs: Promise<readonly BlobOutcome[]>;
  /** every blob, and every manifest below the root */
  readonly whole: Promise<void>;
}

/** Whether a destination is filled, or mended where it is said to be full already. */
export type ContentMode = 'fill' | 'mend';

/**
 * What one destination repository gets from one source repository: each blob and each manifest once,
 * however many images share it, a manifest as soon as its own children are there. No tags.
 */
export class ContentCopy {
  readonly #destination: Repository;
  readonly #copy: BlobCopy;
  readonly #mode: ContentMode;
  readonly #world: World;
  readonly #blobs = new Map<Digest, { readonly blob: Descriptor; readonly outcome: Promise<BlobOutcome> }>();
  readonly #manifests = new Map<Digest, Promise<void>>();
  readonly #proofs: Promise<void>[] = [];
  #written = 0;

  constructor(
    source: Repository,
    destination: Repository,
    mountFrom: string | undefined,
    mode: ContentMode,
    world: World,
    large: LimitFunction,
  ) {
    this.#destination = destination;
    this.#copy = new BlobCopy(source, destination, mountFrom, world, large);
    this.#mode = mode;
    this.#world = world;
  }

  /** Starts on everything below the root of a graph, the root itself excluded. */
  below(graph: Graph): ContentUnderWay {
    const blobs: Promise<BlobOutcome>[] = [];
    for (const manifest of graph.manifests.values()) {
      for (const blob of childBlobs(manifest)) blobs.push(this.#blob(blob));
    }
    const underWay = { blobs: Promise.all(blobs), whole: this.#children(graph.root, graph) };
    // Both fail for one cause; whoever waits for one only must not end the process by the other.
    underWay.blobs.catch(() => undefined);
    underWay.whole.catch(() => undefined);
    return underWay;
  }

  /**
   * Puts a manifest whose children are there. Where the registry then misses one of its blobs all
   * the same (a clean-up may have raced us), the blobs are sent again, once.
   * @param reference a tag or the manifest's digest
   */
  async put(reference: string, manifest: Manifest): Promise<void> {
    this.#written += 1;
    try {
      await this.#destination.put(reference, manifest);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'NOT_KEPT') throw error;
      await Promise.all(childBlobs(manifest).map((blob) => this.#copy.send(blob)));
      await this.#destination.put(reference, manifest);
    }
  }

  /** Ends when every manifest that was put by digest has been fetched again and hashed. */
  async proven(): Promise<void> {
    await Promise.all(this.#proofs);
  }

  /** Ends when nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([
      ...Array.from(this.#blobs.values(), ({ outcome }) => outcome),
      ...this.#manifests.values(),
      ...this.#proofs,
    ]);
  }

  /** Manifests put and blobs mounted or sent: was anything missing? */
  async wroteAnything(): Promise<boolean> {
    const outcomes = await Promise.all(Array.from(this.#blobs.values(), ({ outcome }) => outcome));
    return this.#written > 0 || outcomes.some((outcome) => outcome !== 'existing');
  }

  /** How each blob that is there came to be there. */
  async outcomes(): Promise<{ readonly blob: Descriptor; readonly outcome: BlobOutcome }[]> {
    const settled = await Promise.all(
      Array.from(this.#blobs.values(), ({ blob, outcome }) =>
        outcome.then(
          (value) => [{ blob, outcome: value }],
          () => [],
        ),
      ),
    );
    return settled.flat();
  }

  #blob(blob: Descriptor): Promise<BlobOutcome> {
    const known = this.#blobs.get(blob.digest);
    if (known !== undefined) return known.outcome;
    const outcome = this.#copyBlob(blob);
    this.#blobs.set(blob.digest, { blob, outcome });
    return outcome;
  }

  async #copyBlob(blob: Descriptor): Promise<BlobOutcome> {
    const how = this.#mode === 'mend' ? await this.#copy.sendIfMissing(blob) : await this.#copy.mountOrSend(blob);
    this.#world.emit({ type: 'blob', repository: this.#destination.name, blob, how });
    return how;
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
    await this.#children(manifest, graph);
    if (this.#mode === 'mend' && (await this.#destination.get(digest)) !== undefined) return;
    await this.put(digest, manifest);
    this.#world.emit({ type: 'manifest', repository: this.#destination.name, digest });
    const proof = readBack(this.#destination, digest, digest, undefined, this.#world);
    proof.catch(() => undefined);
    this.#proofs.push(proof);
  }
}
