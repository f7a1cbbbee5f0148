import { Fault } from '../fault.ts';
import type { Repository } from '../oci/repository.ts';
import type { AttachedArtifact } from './attached.ts';
import type { ContentCopy, ContentMode, ContentUnderWay } from './content.ts';
import type { PlannedDestination, PlannedImage } from './plan.ts';
import { readBack } from './read-back.ts';
import type { PromotionPolicy } from './request.ts';
import { versionOf } from './resolve.ts';
import type { World } from './world.ts';

/** How the root comes: one image alone is put by its tag only; in a batch the content comes first, by digest. */
export type Order = 'by tag alone' | 'by digest first';

/** What a consignment is made from. */
export interface Freight {
  readonly image: PlannedImage;
  /** the destinations in this repository */
  readonly destinations: readonly PlannedDestination[];
  readonly repository: Repository;
  readonly content: ContentCopy;
  /** the source's blobs can be mounted: one round brings them all */
  readonly mountable: boolean;
  readonly attached: Promise<readonly AttachedArtifact[]>;
}

/** One image on its way into one destination repository. */
export class Consignment {
  readonly freight: Freight;
  /** those that are to be put */
  readonly open: readonly PlannedDestination[];
  readonly #mode: ContentMode;
  readonly #policy: Pick<PromotionPolicy, 'allowMove'>;
  readonly #world: World;

  constructor(freight: Freight, mode: ContentMode, policy: Pick<PromotionPolicy, 'allowMove'>, world: World) {
    this.freight = freight;
    this.open = freight.destinations.filter(({ action }) => action !== 'unchanged');
    this.#mode = mode;
    this.#policy = policy;
    this.#world = world;
  }

  /** Brings everything but the tags; for an image alone it also looks at the tags again. */
  async bring(order: Order): Promise<void> {
    const { image, content, attached } = this.freight;
    if (this.open.length === 0 && this.#mode === 'fill') return this.#bringAttached(await attached);
    const underWay = content.below(image.graph);
    if (order === 'by digest first') {
      await content.allUnderTag(image.graph);
      return this.#bringAttached(await attached);
    }
    const [artifacts] = await Promise.all([attached, this.#inLastRound(underWay)]);
    if (artifacts.length === 0) return;
    await content.allUnderTag(image.graph);
    await Promise.all([this.#bringAttached(artifacts), this.confirm()]);
  }

  /**
   * Looks at the tags a second time.
   * @throws Fault TAG_MOVED where one no longer stands where the plan saw it
   */
  async confirm(): Promise<void> {
    await Promise.all(this.open.map((destination) => this.#refuseMovedMeanwhile(destination)));
  }

  async put(destination: PlannedDestination): Promise<void> {
    const { image, content } = this.freight;
    this.#world.limits.signal.throwIfAborted();
    await content.put(versionOf(destination.reference), image.graph.root);
    this.#world.emit({ type: 'tagged', destination: destination.reference.toString(), digest: image.digest });
  }

  /** Reads back what was put under a tag, and waits for the proof of all that was put by digest. */
  async prove(destination: PlannedDestination): Promise<void> {
    const { image, repository, content } = this.freight;
    await Promise.all([
      readBack(repository, versionOf(destination.reference), image.digest, destination.current, this.#world),
      content.proven(),
    ]);
    this.#world.emit({ type: 'verified', destination: destination.reference.toString(), digest: image.digest });
  }

  /** Was anything written for this image, its tags apart? */
  async wrote(): Promise<boolean> {
    const { image, content, attached } = this.freight;
    const graphs = [image.graph, ...(await attached).map(({ graph }) => graph)];
    const written = await Promise.all(graphs.map((graph) => content.wrote(graph)));
    return written.includes(true);
  }

  /**
   * The tags are read a second time beside the last round of content, so that this costs no round of
   * its own: beside the mounts of a plain image, or beside the manifests below an index. Where bytes
   * had to be sent after all, the reading beside the mounts is too old and is done again.
   */
  async #inLastRound(underWay: ContentUnderWay): Promise<void> {
    const { image, mountable } = this.freight;
    if (image.graph.root.kind === 'image' && mountable) {
      const [outcomes] = await Promise.all([underWay.blobs, underWay.whole, this.confirm()]);
      if (!outcomes.includes('uploaded')) return;
    }
    await underWay.blobs;
    await Promise.all([underWay.whole, this.confirm()]);
  }

  async #bringAttached(artifacts: readonly AttachedArtifact[]): Promise<void> {
    await Promise.all(artifacts.map((artifact) => this.#bringArtifact(artifact)));
  }

  async #bringArtifact({ graph, tag }: AttachedArtifact): Promise<void> {
    const { repository, content } = this.freight;
    const { digest } = graph.root;
    if (tag === undefined) {
      if (this.open.length > 0 || (await repository.head(digest)) === undefined) await content.all(graph);
      return;
    }
    const current = (await repository.get(tag))?.digest;
    if (current === digest) return;
    if (current !== undefined && !this.#policy.allowMove) {
      const message = `destination ${repository.name}:${tag} stands at ${current}, not at the source's ${digest}; it was left as it is`;
      this.#world.emit({ type: 'warning', message });
      return;
    }
    await content.allUnderTag(graph);
    await content.put(tag, graph.root);
    await readBack(repository, tag, digest, current, this.#world);
  }

  async #refuseMovedMeanwhile({ reference, current }: PlannedDestination): Promise<void> {
    const now = await this.freight.repository.head(versionOf(reference));
    if (now === current) return;
    const moved = `it stood at ${current ?? 'nothing'}, now at ${now ?? 'nothing'}`;
    throw new Fault('TAG_MOVED', `destination ${reference} moved while its content was copied: ${moved}`, {
      hint: 'nothing was put; find out who else pushes to this tag, then run it again',
    });
  }
}
