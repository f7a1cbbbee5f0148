import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { AttachedArtifact } from './attached.ts';
import { type AttachedFinder, attachedFinder } from './attached-finder.ts';
import { childManifests, type Graph, readGraph } from './graph.ts';
import { Lanes } from './lanes.ts';
import { type Holdings, holdingsIn } from './listed.ts';
import type { ImageRequest, PromotionPolicy } from './request.ts';
import { versionOf } from './resolve.ts';
import { imagesAtATime, type World } from './world.ts';

/** How one destination stands to its source. */
export interface Comparison {
  /** pinned: `HOST/PATH@DIGEST`; as it was given where it does not exist */
  readonly source: string;
  readonly destination: string;
  /** the source's; null where it does not exist */
  readonly digest: Digest | null;
  readonly same: boolean;
  /** what is not there: the source, the destination's tag, or what lies below that */
  readonly missing: readonly string[];
  /** what is in both, and not the same */
  readonly different: readonly string[];
}

/** `shallow` trusts a registry that it has a blob; `deep` reads and hashes every blob of both sides. */
export type Depth = 'shallow' | 'deep';

/** Proves that a repository has the bytes of a blob, as far as the depth asks for it. */
type ReadBlob = (repository: Repository, blob: Descriptor) => Promise<void>;

/** What all images of one comparison share. */
interface Means {
  readonly read: ReadBlob;
  readonly attached: AttachedFinder;
  readonly holdingsAt: (destination: Reference) => Holdings;
  readonly world: World;
}

/**
 * Compares images with each of their destinations: the whole graph below, and what is attached unless it is left;
 * writes nothing.
 * @throws Fault NOT_FOUND when a manifest below a source does not exist
 */
export async function compareImages(
  images: readonly ImageRequest[],
  depth: Depth,
  policy: Pick<PromotionPolicy, 'attached'>,
  world: World,
): Promise<Comparison[]> {
  const lanes = new Lanes();
  const read: ReadBlob =
    depth === 'deep' ? (repository, blob) => lanes.run(blob, () => drain(repository, blob)) : () => Promise.resolve();
  const means: Means = {
    read,
    attached: attachedFinder(images.length, policy, world),
    holdingsAt: holdingsIn(world),
    world,
  };
  const compared = await pLimit(imagesAtATime).map(images, (image) => compareImage(image, means));
  return compared.flat();
}

async function compareImage(image: ImageRequest, means: Means): Promise<Comparison[]> {
  const { read, attached, world } = means;
  const repository = world.open(image.source, 'source');
  const root = await repository.get(versionOf(image.source));
  if (root === undefined) return image.destinations.map((destination) => withoutSource(image.source, destination));
  const source = image.source.withDigest(root.digest);
  const graph = await readGraph(repository, root, `source ${source}`);
  world.emit({ type: 'resolved', source: image.source.toString(), digest: root.digest, mediaType: root.mediaType });
  const artifacts = await attached({ source, graph });
  const blobs = [graph, ...artifacts.map((artifact) => artifact.graph)].flatMap((each) => each.blobs());
  await Promise.all(blobs.map((blob) => read(repository, blob)));
  return Promise.all(
    image.destinations.map(async (destination) => {
      const found = await compareDestination(destination, graph, artifacts, means);
      const same = found.missing.length + found.different.length === 0;
      return { source: source.toString(), destination: destination.toString(), digest: root.digest, same, ...found };
    }),
  );
}

async function compareDestination(
  destination: Reference,
  graph: Graph,
  artifacts: readonly AttachedArtifact[],
  { read, holdingsAt, world }: Means,
): Promise<Found> {
  const there = world.open(destination, 'destination');
  const holdings = holdingsAt(destination);
  const { stands, ...found } = await compareTop(versionOf(destination), graph, there, read);
  // Of what is not the same image nothing can be attached.
  const wanted = stands ? artifacts : [];
  const others = await Promise.all(wanted.map((artifact) => compareAttached(artifact, there, holdings, read)));
  return {
    missing: [found, ...others].flatMap(({ missing }) => missing),
    different: [found, ...others].flatMap(({ different }) => different),
  };
}

function withoutSource(source: Reference, destination: Reference): Comparison {
  return {
    source: source.toString(),
    destination: destination.toString(),
    digest: null,
    same: false,
    missing: [source.toString()],
    different: [],
  };
}

type Found = Pick<Comparison, 'missing' | 'different'>;

interface Compared extends Found {
  /** the top manifest is there, and is the source's */
  readonly stands: boolean;
}

/** @param version the tag or digest that the graph's root is to be found by */
async function compareTop(version: string, graph: Graph, repository: Repository, read: ReadBlob): Promise<Compared> {
  const { digest } = graph.root;
  const name = `${repository.name}${version.includes(':') ? '@' : ':'}${version}`;
  const top = await repository.get(version);
  if (top === undefined) return { stands: false, missing: [name], different: [] };
  const found = digestOf(top.bytes, algorithmOf(digest));
  if (found !== digest) return { stands: false, missing: [], different: [`${name} stands at ${found}`] };
  return { stands: true, ...(await below(graph, repository, read)) };
}

/** What is found by its subject has to be listed there too: else nobody finds it. */
async function compareAttached(
  { graph, tag }: AttachedArtifact,
  repository: Repository,
  holdings: Holdings,
  read: ReadBlob,
): Promise<Found> {
  if (tag !== undefined) return compareTop(tag, graph, repository, read);
  const { digest, subject } = graph.root;
  const [found, listed] = await Promise.all([compareTop(digest, graph, repository, read), holdings.lists(graph.root)]);
  if (listed || !found.stands) return found;
  const unlisted = `${repository.name}@${digest} in the list of what is attached to ${subject?.digest}`;
  return { missing: [unlisted, ...found.missing], different: found.different };
}

async function below(graph: Graph, repository: Repository, read: ReadBlob): Promise<Found> {
  const missing: string[] = [];
  const different: string[] = [];
  const children = new Set([...graph.manifests.values()].flatMap(childManifests).map((child) => child.digest));
  const look = async (digest: Digest, isThere: Promise<boolean>) => {
    try {
      if (!(await isThere)) missing.push(`${repository.name}@${digest}`);
    } catch (error) {
      if (!isMismatch(error)) throw error;
      different.push(error.message);
    }
  };
  await Promise.all([
    ...Array.from(children, (digest) =>
      look(
        digest,
        repository.get(digest).then((manifest) => manifest !== undefined),
      ),
    ),
    ...graph.blobs().map((blob) => look(blob.digest, repository.exists(blob))),
  ]);
  if (missing.length === 0) {
    await Promise.all(
      graph.blobs().map((blob) =>
        look(
          blob.digest,
          read(repository, blob).then(() => true),
        ),
      ),
    );
  }
  return { missing: missing.sort(), different: different.sort() };
}

/** Reads a blob to its end: it fails where it is not what its descriptor says. */
async function drain(repository: Repository, blob: Descriptor): Promise<void> {
  const content = await repository.fetch(blob, () => undefined);
  if (content instanceof Uint8Array) return;
  await pipeline(content, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

function isMismatch(error: unknown): error is Fault {
  return (
    error instanceof Fault &&
    (error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH' || error.code === 'MANIFEST_INVALID')
  );
}
