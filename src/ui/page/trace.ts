import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Manifest } from '../../oci/manifest.ts';
import type { BlobOutcome, PromotionEvent } from '../../promotion/events.ts';
import type { Graph } from '../../promotion/graph.ts';
import { repositoryOf } from '../tally.ts';

/** A manifest as the page draws it; its bytes are let go of. */
export interface Node {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly platform: string | undefined;
  /** bytes */
  readonly size: number;
  /** config first */
  readonly blobs: readonly Descriptor[];
  readonly children: readonly Node[];
}

/** What follows an image. */
export interface AttachedNode {
  readonly node: Node;
  readonly tag: string | undefined;
}

/** What one destination gets. */
export interface TracedImage {
  readonly repository: string;
  readonly root: Node;
  readonly attached: AttachedNode[];
}

/** A page has no room for the trees of more. */
const mostImages = 50;

/** Keeps of a run's events what its page shows. */
export class Trace {
  readonly #images = new Map<string, TracedImage>();
  readonly #blobs = new Map<string, BlobOutcome>();

  readonly take = (event: PromotionEvent): void => {
    switch (event.type) {
      case 'planned':
        if (this.#images.size < mostImages)
          this.#images.set(event.destination, imageOf(event.destination, event.graph));
        break;
      case 'attached':
        this.#images
          .get(event.destination)
          ?.attached.push({ node: nodeOf(event.graph.root, event.graph), tag: event.tag });
        break;
      case 'blob':
        this.#blobs.set(`${event.repository} ${event.blob.digest}`, event.how);
        break;
    }
  };

  image(destination: string): TracedImage | undefined {
    return this.#images.get(destination);
  }

  /** How a blob came to be in a repository; undefined where it was not brought there. */
  outcome(repository: string, digest: Digest): BlobOutcome | undefined {
    return this.#blobs.get(`${repository} ${digest}`);
  }
}

function imageOf(destination: string, graph: Graph): TracedImage {
  return { repository: repositoryOf(destination), root: nodeOf(graph.root, graph), attached: [] };
}

function nodeOf(manifest: Manifest, graph: Graph): Node {
  const { digest, mediaType, artifactType, bytes, blobs } = manifest;
  const children = manifest.manifests.map((child) => childOf(child, graph));
  return { digest, mediaType, artifactType, platform: undefined, size: bytes.length, blobs, children };
}

/** The children of an image that is there already were not read; what their index says of them is known. */
function childOf(child: Descriptor, graph: Graph): Node {
  const { digest, mediaType, size, platform, artifactType } = child;
  const manifest = graph.manifests.get(digest);
  if (manifest === undefined) return { digest, mediaType, artifactType, platform, size, blobs: [], children: [] };
  const node = nodeOf(manifest, graph);
  return { ...node, platform, artifactType: node.artifactType ?? artifactType };
}
