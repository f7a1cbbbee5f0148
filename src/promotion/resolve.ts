import { Fault } from '../fault.ts';
import { algorithmOf, type Digest, digestOf, isDigest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { ManifestStore, Repository } from '../oci/repository.ts';
import { type Graph, readGraph, readIndexes } from './graph.ts';
import { oncePer } from './once.ts';
import type { ImageRequest } from './request.ts';
import type { World } from './world.ts';

/** bytes: what a run has read of its sources is held until their tags are there */
const mostBytes = 1024 * 1024 * 1024;

/** What stood at a destination's tag when it was first read. */
export interface DestinationState {
  readonly reference: Reference;
  /** hashed, not taken from a header; undefined where the tag does not exist */
  readonly current: Digest | undefined;
}

/** One image as the registries have it. From here on only digests are used. */
export interface ResolvedImage {
  /** pinned: `HOST/PATH@DIGEST` */
  readonly source: Reference;
  /** the indexes alone where every destination has it already and nothing below need be looked at */
  readonly graph: Graph;
  readonly destinations: readonly DestinationState[];
}

/** How far down a source is read: always whole, only where a destination does not have it yet, or only its indexes. */
export type Depth = 'whole' | 'as needed' | 'indexes';

interface Pinned {
  readonly repository: Repository;
  readonly digest: Digest;
}

/** Reads the images of one batch: what several of them share is read once. */
export class Resolver {
  readonly #world: World;
  readonly #depth: Depth;
  readonly #pinned = oncePer(
    ({ repository, digest }: Pinned) => `${repository.name}@${digest}`,
    ({ repository, digest }) => this.#read(repository, digest),
  );
  #heldBytes = 0;

  constructor(world: World, depth: Depth) {
    this.#world = world;
    this.#depth = depth;
  }

  /**
   * Reads the source once, and the destination's tags at the same time.
   * @throws Fault NOT_FOUND when the source does not exist, and whatever reading it throws
   */
  async resolve(image: ImageRequest): Promise<ResolvedImage> {
    const store = this.#shared(image.source);
    const [root, current] = await Promise.all([
      store.get(versionOf(image.source)),
      Promise.all(image.destinations.map((destination) => this.#current(destination))),
    ]);
    if (root === undefined) throw absent(image.source);
    const source = image.source.withDigest(root.digest);
    this.#world.emit({
      type: 'resolved',
      source: image.source.toString(),
      digest: root.digest,
      mediaType: root.mediaType,
    });
    const destinations = image.destinations.map((reference, index) => ({
      reference,
      current: digestLike(root, current[index]),
    }));
    const settled = destinations.every((destination) => destination.current === root.digest);
    const shallow = this.#depth === 'indexes' || (settled && this.#depth === 'as needed');
    const graph = await (shallow ? readIndexes : readGraph)(store, root, `source ${source}`);
    return { source, graph, destinations };
  }

  #current(destination: Reference): Promise<Manifest | undefined> {
    return this.#world.open(destination, 'destination').get(versionOf(destination));
  }

  /** The source's manifests; one that was asked for by digest is not asked for again. */
  #shared(source: Reference): Pick<ManifestStore, 'get'> {
    const repository = this.#world.open(source, 'source');
    return {
      get: (reference) =>
        isDigest(reference) ? this.#pinned({ repository, digest: reference }) : this.#read(repository, reference),
    };
  }

  /** One more that is held. */
  async #read(repository: Repository, reference: string): Promise<Manifest | undefined> {
    const manifest = await repository.get(reference);
    this.#heldBytes += manifest?.bytes.length ?? 0;
    if (this.#heldBytes <= mostBytes) return manifest;
    throw new Fault(
      'LIMIT_EXCEEDED',
      `the sources of this run have more than ${mostBytes} bytes of manifests together`,
      {
        hint: 'promote them in several runs, with fewer images or tags in each',
      },
    );
  }
}

/** What a reference is asked for by: its digest, which pins, or else its tag. */
export function versionOf(reference: Reference): string {
  const version = reference.digest ?? reference.tag;
  if (version === undefined) throw new Fault('UNEXPECTED', `${reference} has neither a tag nor a digest`);
  return version;
}

/** The digest of `manifest` by the algorithm of the root's, so that the two can be compared. */
function digestLike(root: Manifest, manifest: Manifest | undefined): Digest | undefined {
  return manifest === undefined ? undefined : digestOf(manifest.bytes, algorithmOf(root.digest));
}

function absent(source: Reference): Fault {
  const which = source.digest === undefined ? 'tag' : 'digest';
  return new Fault(
    'NOT_FOUND',
    `source ${source} does not exist: there is no such ${which}, no such image, or no such repository`,
    {
      hint: `list what is there with: promote tags ${source.name}`,
      about: { side: 'source', reference: source.toString(), action: 'read', status: 404, text: '' },
    },
  );
}
