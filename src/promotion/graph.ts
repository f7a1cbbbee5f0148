import { Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { indexMediaTypes, type Manifest, manifestMediaTypes } from '../oci/manifest.ts';
import type { ManifestStore } from '../oci/repository.ts';

const mostManifests = 10_000;
const deepest = 8;
/** bytes; no registry takes a larger manifest */
const largestManifest = 8 * 1024 * 1024;
/** bytes: all of an image's manifests are held at once */
const mostBytes = 256 * 1024 * 1024;

/** Everything below one manifest, that manifest included: each once, with the bytes that were fetched. */
export class Graph {
  readonly root: Manifest;
  readonly #manifests: Map<Digest, Manifest>;

  /** @param manifests by digest, the root among them */
  constructor(root: Manifest, manifests: ReadonlyMap<Digest, Manifest>) {
    this.root = root;
    this.#manifests = new Map(manifests);
  }

  /** the root alone */
  static of(root: Manifest): Graph {
    return new Graph(root, new Map([[root.digest, root]]));
  }

  get manifests(): ReadonlyMap<Digest, Manifest> {
    return this.#manifests;
  }

  /** The distinct blobs of all manifests. */
  blobs(): Descriptor[] {
    const blobs = new Map<Digest, Descriptor>();
    for (const manifest of this.#manifests.values()) {
      for (const blob of childBlobs(manifest)) blobs.set(blob.digest, blob);
    }
    return [...blobs.values()];
  }

  /** Lets go of all bytes but the root's: a large batch holds no more than its tags still need. */
  release(): void {
    this.#manifests.clear();
    this.#manifests.set(this.root.digest, this.root);
  }
}

/**
 * Reads all manifests below `root`, children in parallel, each once.
 * @param what names the image in messages
 * @throws Fault NOT_FOUND for a child that is missing, MANIFEST_INVALID or SIZE_MISMATCH for one that
 *   is not what its parent says, LIMIT_EXCEEDED beyond 10,000 manifests, 256 MiB of them, 8 MiB of one, or 8 levels
 */
export function readGraph(store: Pick<ManifestStore, 'get'>, root: Manifest, what: string): Promise<Graph> {
  return readBelow(store, root, what, childManifests);
}

/** The same of the indexes alone: all manifests below `root` are named then, those that name no others are not read. */
export function readIndexes(store: Pick<ManifestStore, 'get'>, root: Manifest, what: string): Promise<Graph> {
  return readBelow(store, root, what, (manifest) =>
    childManifests(manifest).filter(({ mediaType }) => indexMediaTypes.includes(mediaType)),
  );
}

async function readBelow(
  store: Pick<ManifestStore, 'get'>,
  root: Manifest,
  what: string,
  childrenOf: (manifest: Manifest) => readonly Descriptor[],
): Promise<Graph> {
  const manifests = new Map<Digest, Manifest>([[root.digest, root]]);
  let level = [root];
  let bytes = 0;
  for (let depth = 1; level.length > 0; depth += 1) {
    const unread = level.flatMap(childrenOf).filter(({ digest }) => !manifests.has(digest));
    const wanted = new Map<Digest, Descriptor>(unread.map((child) => [child.digest, child]));
    if (wanted.size === 0) break;
    if (depth > deepest) throw new Fault('LIMIT_EXCEEDED', `${what}: manifests are nested more than ${deepest} deep`);
    if (manifests.size + wanted.size > mostManifests) {
      throw new Fault('LIMIT_EXCEEDED', `${what}: more than ${mostManifests} manifests`);
    }
    bytes += announcedBytes(wanted.values(), what);
    if (bytes > mostBytes) throw new Fault('LIMIT_EXCEEDED', `${what}: more than ${mostBytes} bytes of manifests`);
    level = await Promise.all(Array.from(wanted.values(), (child) => readChild(store, child, what)));
    for (const manifest of level) manifests.set(manifest.digest, manifest);
  }
  return new Graph(root, manifests);
}

/** All manifests of an image, the root first: those that were read, and those that they name. */
export function manifestsOf(graph: Graph): Digest[] {
  const children = [...graph.manifests.values()].flatMap(childManifests).map(({ digest }) => digest);
  return [...new Set([...graph.manifests.keys(), ...children])];
}

/** What an index lists as manifests; its entries of any other media type are blobs. */
export function childManifests(manifest: Manifest): readonly Descriptor[] {
  return manifest.manifests.filter(isManifest);
}

/** Config, layers, and what an index lists that is no manifest. */
export function childBlobs(manifest: Manifest): readonly Descriptor[] {
  return manifest.blobs.concat(manifest.manifests.filter((child) => !isManifest(child)));
}

function isManifest(child: Descriptor): boolean {
  return manifestMediaTypes.includes(child.mediaType);
}

/** What the parents say is enough: a child that is larger than that is refused when it comes. */
function announcedBytes(children: Iterable<Descriptor>, what: string): number {
  let bytes = 0;
  for (const { digest, size } of children) {
    if (size > largestManifest) {
      throw new Fault('LIMIT_EXCEEDED', `${what}: its manifest ${digest} is said to have ${size} bytes`);
    }
    bytes += size;
  }
  return bytes;
}

async function readChild(store: Pick<ManifestStore, 'get'>, child: Descriptor, what: string): Promise<Manifest> {
  const manifest = await store.get(child.digest);
  const its = `${what}: its manifest ${child.digest}`;
  if (manifest === undefined) {
    throw new Fault('NOT_FOUND', `${its}${child.platform === undefined ? '' : ` (${child.platform})`} is missing`);
  }
  if (manifest.bytes.length !== child.size) {
    throw new Fault('SIZE_MISMATCH', `${its} has ${manifest.bytes.length} bytes, the index says ${child.size}`);
  }
  if (manifest.mediaType !== child.mediaType) {
    const types = `is of the media type ${manifest.mediaType}, the index says ${child.mediaType}`;
    throw new Fault('MANIFEST_INVALID', `${its} ${types}`);
  }
  return manifest;
}
