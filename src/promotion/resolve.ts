import { Fault } from '../fault.ts';
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import { type Graph, readGraph } from './graph.ts';
import type { ImageRequest, PromotionPolicy } from './request.ts';
import type { World } from './world.ts';

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
  /** the root alone where every destination has it already and nothing below need be looked at */
  readonly graph: Graph;
  readonly destinations: readonly DestinationState[];
}

/**
 * Reads the source once, and the destination's tags at the same time.
 * @throws Fault NOT_FOUND when the source does not exist, and whatever reading it throws
 */
export async function resolveImage(image: ImageRequest, policy: PromotionPolicy, world: World): Promise<ResolvedImage> {
  const repository = world.open(image.source, 'source');
  const [root, current] = await Promise.all([
    repository.get(image.source.digest ?? image.source.tag ?? 'latest'),
    Promise.all(image.destinations.map((destination) => readTag(destination, world))),
  ]);
  if (root === undefined) throw absent(image.source);
  const source = image.source.withDigest(root.digest);
  world.emit({ type: 'resolved', source: source.toString(), digest: root.digest, mediaType: root.mediaType });
  const destinations = image.destinations.map((reference, index) => ({
    reference,
    current: digestLike(root, current[index]),
  }));
  const settled = destinations.every((destination) => destination.current === root.digest) && !policy.repair;
  const graph = settled
    ? { root, manifests: new Map([[root.digest, root]]) }
    : await readGraph(repository, root, `source ${source}`);
  return { source, graph, destinations };
}

function readTag(destination: Reference, world: World): Promise<Manifest | undefined> {
  return world.open(destination, 'destination').get(destination.tag ?? 'latest');
}

/** The digest of `manifest` by the algorithm of the root's, so that the two can be compared. */
function digestLike(root: Manifest, manifest: Manifest | undefined): Digest | undefined {
  return manifest === undefined ? undefined : digestOf(manifest.bytes, algorithmOf(root.digest));
}

export function absent(source: Reference): Fault {
  const which = source.digest === undefined ? `tag ${source.tag}` : `digest ${source.digest}`;
  return new Fault(
    'NOT_FOUND',
    `source ${source} does not exist: there is no such ${which.split(' ')[0]}, no such image, or no such repository`,
    {
      hint: `list what is there with: promote tags ${source.name}`,
      about: { side: 'source', reference: source.toString(), action: 'read', status: 404, text: '' },
    },
  );
}
