import { asFault, Fault } from '../fault.ts';
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts';
import type { Repository } from '../oci/repository.ts';
import type { AttachedArtifact } from './attached.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { Attachment, Cargo, ContentCopy, ContentMode, ContentUnderWay } from './content.ts';
import type { Graph } from './graph.ts';
import type { PlannedDestination, PlannedImage } from './plan.ts';
import { readBack } from './read-back.ts';
import type { PromotionPolicy } from './request.ts';
import { versionOf } from './resolve.ts';
import { isUnanswered, withDoubt } from './tag-faults.ts';
import type { World } from './world.ts';

/** The second reading of a tag is done again before its PUT where it is older. */
const longestSinceConfirmedMs = 400;

/** How the root comes: one image alone is put by its tag only; in a batch the content comes first, by digest. */
export type Order = 'by tag alone' | 'by digest first';

/** What a consignment is made from. */
export interface Freight {
  readonly image: PlannedImage;
  /** the destinations in this repository */
  readonly destinations: readonly PlannedDestination[];
  readonly repository: Repository;
  readonly content: ContentCopy;
  readonly copy: BlobCopy;
  /** the source's blobs can be mounted: one round brings them all */
  readonly mountable: boolean;
  /** what follows the image: found once, however often it is asked for */
  readonly attached: () => Promise<readonly AttachedArtifact[]>;
}

/** One image on its way into one destination repository. */
export class Consignment {
  readonly freight: Freight;
  /** those that are to be put */
  readonly open: readonly PlannedDestination[];
  /** those that failed, though their tags may stand at the image now */
  readonly inDoubt = new Set<PlannedDestination>();
  readonly #mode: ContentMode;
  readonly #policy: Pick<PromotionPolicy, 'allowMove'>;
  readonly #world: World;
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(freight: Freight, mode: ContentMode, policy: Pick<PromotionPolicy, 'allowMove'>, world: World) {
    this.freight = freight;
    this.open = freight.destinations.filter(({ action }) => action !== 'unchanged');
    this.#mode = mode;
    this.#policy = policy;
    this.#world = world;
  }

  /**
   * Brings everything but the tags; for an image alone it also looks at the tags again.
   * @returns the attached artifacts that are there now
   */
  async bring(order: Order): Promise<readonly AttachedArtifact[]> {
    const { image, content } = this.freight;
    if (this.open.length === 0 && this.#mode === 'fill') return this.#bringAttached(await this.freight.attached());
    const cargo = this.#cargo(image.graph);
    // First, since its requests lead on to others: what is attached is needed only after it.
    const underWay = order === 'by digest first' ? content.allUnderTag(cargo) : this.#inLastRound(content.below(cargo));
    const [artifacts] = await Promise.all([this.freight.attached(), underWay]);
    if (order === 'by digest first') return this.#bringAttached(artifacts);
    if (artifacts.length === 0) return [];
    await content.allUnderTag(cargo);
    const [brought] = await Promise.all([this.#bringAttached(artifacts), this.confirm()]);
    return brought;
  }

  /**
   * Looks at the tags a second time.
   * @throws Fault TAG_MOVED where one no longer stands where the plan saw it
   */
  async confirm(): Promise<void> {
    this.#confirmedAt = this.#world.limits.clock.now();
    await Promise.all(this.open.map((destination) => this.#refuseMovedMeanwhile(destination)));
  }

  async put(destination: PlannedDestination): Promise<void> {
    const { image, content } = this.freight;
    this.#world.limits.signal.throwIfAborted();
    // Whoever moved the tag while we waited to put it is not overwritten.
    const lookAgain = () => this.#refuseMovedMeanwhile(destination);
    if (this.#world.limits.clock.now() - this.#confirmedAt >= longestSinceConfirmedMs) await lookAgain();
    const { reference } = destination;
    try {
      await content.put(versionOf(reference), image.graph.root, this.#cargo(image.graph), lookAgain);
    } catch (error) {
      if (isUnanswered(error)) this.inDoubt.add(destination);
      throw withDoubt(error, reference);
    }
    this.#world.emit({ type: 'tagged', destination: reference.toString(), digest: image.digest });
  }

  /** Ends when all that was put by digest for this image has been fetched again and hashed. */
  async proven(): Promise<void> {
    const { image, content } = this.freight;
    const graphs = [image.graph, ...(await this.#attachedGraphs())];
    await Promise.all(graphs.map((graph) => content.proven(graph)));
  }

  /** Reads back what was put under a tag, and waits for the proof of all that was put by digest. */
  async prove(destination: PlannedDestination): Promise<void> {
    const { image, repository } = this.freight;
    try {
      await Promise.all([
        readBack(repository, versionOf(destination.reference), image.digest, destination.current, this.#world),
        this.proven(),
      ]);
    } catch (error) {
      // Where somebody else moved it, it is theirs.
      if (asFault(error).code !== 'TAG_MOVED') this.inDoubt.add(destination);
      throw error;
    }
    this.#world.emit({ type: 'verified', destination: destination.reference.toString(), digest: image.digest });
  }

  /** Was anything written for this image, its tags apart? */
  async wrote(): Promise<boolean> {
    const { image, content } = this.freight;
    // Of an image that is there already nothing was looked at, but others may have brought parts of it.
    const graphs = [...(this.#mode === 'mend' ? [image.graph] : []), ...(await this.#attachedGraphs())];
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

  #cargo(graph: Graph): Cargo {
    const { image, copy } = this.freight;
    return { graph, source: image.source, copy };
  }

  async #attachedGraphs(): Promise<readonly Graph[]> {
    return (await this.freight.attached()).map(({ graph }) => graph);
  }

  async #bringAttached(artifacts: readonly AttachedArtifact[]): Promise<readonly AttachedArtifact[]> {
    const brought = await Promise.all(
      artifacts.map((artifact) =>
        this.freight.content.attach(artifact.tag ?? artifact.graph.root.digest, () => this.#bringArtifact(artifact)),
      ),
    );
    return artifacts.filter((_, index) => brought[index] !== 'left');
  }

  async #bringArtifact({ graph, tag }: AttachedArtifact): Promise<Attachment> {
    const { content } = this.freight;
    if (tag !== undefined) return this.#bringTagged(graph, tag);
    const isWhole = this.open.length === 0 && this.#mode === 'fill' && (await content.has(graph.root));
    if (!isWhole) await content.all(this.#cargo(graph));
    return 'brought';
  }

  async #bringTagged(graph: Graph, tag: string): Promise<Attachment> {
    const { repository, content } = this.freight;
    const { digest } = graph.root;
    const cargo = this.#cargo(graph);
    const current = (await repository.get(tag))?.digest;
    if (current === digest) {
      if (this.#mode === 'mend') await content.allUnderTag(cargo);
      return 'brought';
    }
    if (current !== undefined && !this.#policy.allowMove) {
      const message = `destination ${repository.name}:${tag} stands at ${current}, not at the source's ${digest}; it was left as it is`;
      this.#world.emit({ type: 'warning', message });
      return 'left';
    }
    await content.allUnderTag(cargo);
    await content.put(tag, graph.root, cargo);
    await readBack(repository, tag, digest, current, this.#world);
    return 'brought';
  }

  async #refuseMovedMeanwhile({ reference, current }: PlannedDestination): Promise<void> {
    // A digest stands where it stands; that it is there by now is our own doing.
    if (reference.tag === undefined) return;
    const now = await this.#standing(reference.tag);
    // What we are about to put may be there by an answer that was lost.
    if (now === current || now === this.freight.image.digest) return;
    const moved = `it stood at ${current ?? 'nothing'}, now at ${now ?? 'nothing'}`;
    throw new Fault('TAG_MOVED', `destination ${reference} moved while its content was copied: ${moved}`, {
      hint: 'nothing was put; find out who else pushes to this tag, then run it again',
    });
  }

  /** What a tag stands at, by the algorithm of the image's digest; a registry tells it by its own. */
  async #standing(tag: string): Promise<Digest | undefined> {
    const { image, repository } = this.freight;
    const algorithm = algorithmOf(image.digest);
    const told = await repository.head(tag);
    if (told === undefined || algorithmOf(told) === algorithm) return told;
    const manifest = await repository.get(tag);
    return manifest === undefined ? undefined : digestOf(manifest.bytes, algorithm);
  }
}
