import { Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome } from './events.ts';
import { childBlobs, childManifests, type Graph } from './graph.ts';
import { type Holdings, holdingsOf } from './listed.ts';
import { readBack } from './read-back.ts';
import type { Shelf, ShelfPlace } from './shelf.ts';
import type { World } from './world.ts';

/** How far the content below one manifest is. */
export interface ContentUnderWay {
  /** every blob is in the destination repository */
  readonly blobs: Promise<readonly BlobOutcome[]>;
  /** every blob, and every manifest below the root */
  readonly whole: Promise<void>;
}

/** Whether an attached artifact is there now, or something else stands under its tag. */
export type Attachment = 'brought' | 'left';

/** Whether a destination is filled, or mended where it is said to be full already. */
export type ContentMode = 'fill' | 'mend';

/** Where content goes, and what else goes to that host. */
export interface Quay {
  readonly destination: Reference;
  readonly repository: Repository;
  readonly shelf: Shelf;
}

/** Something whole, and where its blobs come from. */
export interface Cargo {
  readonly graph: Graph;
  readonly source: Reference;
  readonly copy: BlobCopy;
}

/**
 * What one destination repository gets: each blob and each manifest once, however many images share
 * it and wherever they come from, a manifest as soon as its own children are there. No tags.
 */
export class ContentCopy {
  readonly #quay: Quay;
  readonly #holdings: Holdings;
  readonly #mode: ContentMode;
  readonly #world: World;
  readonly #blobs = new Map<Digest, { readonly blob: Descriptor; readonly outcome: Promise<BlobOutcome> }>();
  readonly #manifests = new Map<Digest, Promise<'put' | 'existing'>>();
  readonly #proofs = new Map<Digest, Promise<void>>();
  readonly #attachments = new Map<string, Promise<Attachment>>();
  readonly #written = new Set<Digest>();

  constructor(quay: Quay, mode: ContentMode, world: World) {
    this.#quay = quay;
    this.#holdings = holdingsOf(quay.repository);
    this.#mode = mode;
    this.#world = world;
  }

  /** Starts on everything below the root of a graph, the root itself excluded. */
  below(cargo: Cargo): ContentUnderWay {
    const blobs = Promise.all(cargo.graph.blobs().map((blob) => this.#blob(blob, cargo)));
    const whole = this.#children(cargo.graph.root, cargo);
    // Both fail for one cause; whoever waits for one only must not end the process by the other.
    blobs.catch(() => undefined);
    whole.catch(() => undefined);
    return { blobs, whole };
  }

  /** Everything of a graph, the root by its digest, and the proof of all of it begun. */
  async all(cargo: Cargo): Promise<void> {
    await this.#proved(cargo.graph.root.digest, cargo);
  }

  /** The same, but the root is proved by whoever reads its tags back. */
  async allUnderTag(cargo: Cargo): Promise<void> {
    await this.#manifest(cargo.graph.root, cargo);
  }

  /**
   * Puts a manifest whose children are there. Where the registry then misses one of them all the
   * same (a clean-up may have raced us), they are sent again, once.
   * @param reference a tag or the manifest's digest
   * @param beforeLate called before it is put later than at once, after a wait or once more; may throw
   */
  async put(reference: string, manifest: Manifest, cargo: Cargo, beforeLate?: () => Promise<void>): Promise<void> {
    this.#written.add(manifest.digest);
    const { repository } = this.#quay;
    try {
      await repository.put(reference, manifest, beforeLate);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'NOT_KEPT') throw error;
      await Promise.all(childBlobs(manifest).map((blob) => cargo.copy.send(blob)));
      await Promise.all(childManifests(manifest).map(({ digest }) => this.#putAgain(digest, cargo)));
      await beforeLate?.();
      await repository.put(reference, manifest, beforeLate);
    }
  }

  /** Is a manifest there, and listed as attached to what it points at? */
  has(manifest: Manifest): Promise<boolean> {
    return this.#holdings.has(manifest);
  }

  /** Brings an attached artifact once, however many tags stand at its image. @param name its tag, or its digest */
  attach(name: string, bring: () => Promise<Attachment>): Promise<Attachment> {
    const known = this.#attachments.get(name) ?? bring();
    this.#attachments.set(name, known);
    return known;
  }

  /** Ends when every manifest of a graph that was put by digest has been fetched again and hashed. */
  async proven(graph: Graph): Promise<void> {
    await Promise.all([...graph.manifests.keys()].map((digest) => this.#proofs.get(digest)));
  }

  /** Ends when nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    const outcomes = Array.from(this.#blobs.values(), ({ outcome }) => outcome);
    await Promise.allSettled(this.#attachments.values());
    await Promise.allSettled([...outcomes, ...this.#manifests.values()]);
    await Promise.allSettled(this.#proofs.values());
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

  #blob(blob: Descriptor, cargo: Cargo): Promise<BlobOutcome> {
    const known = this.#blobs.get(blob.digest);
    if (known !== undefined) return known.outcome;
    const outcome = this.#copyBlob(blob, cargo);
    this.#blobs.set(blob.digest, { blob, outcome });
    this.#quay.shelf.offer(blob.digest, this.#quay.destination.path, outcome);
    return outcome;
  }

  async #copyBlob(blob: Descriptor, { source, copy }: Cargo): Promise<BlobOutcome> {
    const { repository, destination, shelf } = this.#quay;
    // Looked up before it is offered, so that nobody waits for himself.
    const place = shelf.find(blob.digest);
    const lender = () => pathOnceThere(place);
    const how =
      this.#mode === 'mend'
        ? await copy.sendIfMissing(blob)
        : source.host === destination.host
          ? await copy.mountOrSend(blob, source.path, lender)
          : await copy.borrowOrSend(blob, await lender());
    this.#world.emit({ type: 'blob', repository: repository.name, blob, how });
    return how;
  }

  /** Its bytes may have been let go of since it was put. */
  async #putAgain(digest: Digest, { graph, source }: Cargo): Promise<void> {
    const child = graph.manifests.get(digest) ?? (await this.#world.open(source, 'source').get(digest));
    if (child !== undefined) await this.#quay.repository.put(digest, child);
  }

  async #children(manifest: Manifest, cargo: Cargo): Promise<void> {
    await Promise.all([
      ...childBlobs(manifest).map((blob) => this.#blob(blob, cargo)),
      ...childManifests(manifest).map(({ digest }) => this.#proved(digest, cargo)),
    ]);
  }

  async #proved(digest: Digest, cargo: Cargo): Promise<void> {
    const manifest = cargo.graph.manifests.get(digest);
    if (manifest === undefined) throw new Fault('UNEXPECTED', `${digest} is not part of the graph that was read`);
    const how = await this.#manifest(manifest, cargo);
    if (how === 'existing' || this.#proofs.has(digest)) return;
    const { repository } = this.#quay;
    this.#world.emit({ type: 'manifest', repository: repository.name, digest });
    const proof = readBack(repository, digest, digest, undefined, this.#world);
    proof.catch(() => undefined);
    this.#proofs.set(digest, proof);
  }

  #manifest(manifest: Manifest, cargo: Cargo): Promise<'put' | 'existing'> {
    const known = this.#manifests.get(manifest.digest);
    if (known !== undefined) return known;
    const done = this.#copyManifest(manifest, cargo);
    this.#manifests.set(manifest.digest, done);
    return done;
  }

  async #copyManifest(manifest: Manifest, cargo: Cargo): Promise<'put' | 'existing'> {
    await this.#children(manifest, cargo);
    const { digest } = manifest;
    if (this.#mode === 'mend' && (await this.has(manifest))) return 'existing';
    await this.put(digest, manifest, cargo);
    return 'put';
  }
}

/** The path of the repository that got a blob before, if it gets there. */
async function pathOnceThere(place: ShelfPlace | undefined): Promise<string | undefined> {
  if (place === undefined) return undefined;
  return place.ready.then(
    () => place.path,
    () => undefined,
  );
}
