import pLimit from 'p-limit';
import type { Reference } from '../oci/reference.ts';
import type { AttachedArtifact } from './attached.ts';
import { BlobCopy } from './blob-copy.ts';
import { Consignment, type Freight, type Order } from './consignment.ts';
import { ContentCopy, type ContentMode } from './content.ts';
import { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { oncePer } from './once.ts';
import type { Plan, PlannedDestination, PlannedImage } from './plan.ts';
import type { PromotionPolicy } from './request.ts';
import { Shelf } from './shelf.ts';
import { isDisproof, unproved } from './tag-faults.ts';
import { imagesAtATime, type World } from './world.ts';

/** How a plan is carried out. */
export interface Course {
  readonly mode: ContentMode;
  readonly policy: Pick<PromotionPolicy, 'allowMove' | 'onFailure'>;
  /** the content alone, the tags alone (their content is there), or first the one and then the other */
  readonly phase: 'content' | 'tags' | 'both';
  /** what follows an image: found once, however often it is asked for */
  readonly attached: (image: PlannedImage) => Promise<readonly AttachedArtifact[]>;
}

/** Up to so many tags are put one after another, so that a failure leaves as few moved as can be; more go several at a time. */
const mostTagsInTurn = 16;
const tagsAtATime = 16;

/** One destination of a consignment. */
interface Leg {
  readonly consignment: Consignment;
  readonly destination: PlannedDestination;
}

/**
 * Carries a plan out: the content of everything, then the tags of everything, then the proof. What
 * happens is written into the ledger; a fault there, not a throw, tells of a failure.
 */
export async function execute(
  plan: Plan,
  course: Course,
  ledger: Ledger,
  world: World,
): Promise<readonly ContentCopy[]> {
  const consignments = consign(plan, course, ledger, world);
  const copies = [...new Set(consignments.map(({ freight }) => freight.content))];
  const alone = consignments.length === 1 && course.phase === 'both';
  const phases = new Phases(consignments, course, ledger, world, alone ? 'by tag alone' : 'by digest first');
  try {
    if (course.phase !== 'tags') await phases.content();
    if (course.phase !== 'content') {
      await phases.tags();
      await phases.proof();
      phases.tellWayBack();
    }
  } finally {
    await Promise.all(copies.map((copy) => copy.settled()));
  }
  return copies;
}

class Phases {
  readonly #consignments: readonly Consignment[];
  readonly #course: Course;
  readonly #ledger: Ledger;
  readonly #world: World;
  readonly #order: Order;

  constructor(consignments: readonly Consignment[], course: Course, ledger: Ledger, world: World, order: Order) {
    this.#consignments = consignments;
    this.#course = course;
    this.#ledger = ledger;
    this.#world = world;
    this.#order = order;
  }

  async content(): Promise<void> {
    const images = Map.groupBy(this.#going(), ({ freight }) => freight.image);
    await pLimit(imagesAtATime).map(images, async ([{ graph }, consignments]) => {
      await this.#each(consignments, (consignment) => this.#bring(consignment));
      // An image alone is put by its tag yet, and proved after that.
      if (this.#order === 'by digest first') graph.release();
    });
  }

  async tags(): Promise<void> {
    if (this.#order === 'by digest first') await this.#each(this.#going(), (consignment) => consignment.confirm());
    const waiting = this.#going().flatMap((consignment) =>
      consignment.open.map((destination) => ({ consignment, destination })),
    );
    // Several sources of one digest may go to one tag, which is put once.
    const tags = Map.groupBy(waiting, ({ destination }) => destination.reference.toString());
    const inTurn = pLimit(tags.size > mostTagsInTurn ? tagsAtATime : 1);
    await Promise.all(Array.from(tags.values(), (sharing) => inTurn(() => this.#putTag(sharing))));
  }

  async proof(): Promise<void> {
    const put = this.#consignments.flatMap((consignment) =>
      consignment.open
        .filter(({ reference }) => this.#ledger.entry(reference).outcome === 'promoted')
        .map((destination) => ({ consignment, destination })),
    );
    await Promise.all(
      put.map(async ({ consignment, destination }) => {
        try {
          await consignment.prove(destination);
          this.#ledger.entry(destination.reference).verified = true;
        } catch (error) {
          if (isDisproof(error)) this.#ledger.failed(destination.reference, error);
          else this.#ledger.unproved(destination.reference, unproved(error, destination.reference));
        }
      }),
    );
  }

  /**
   * Enters the tags that can be put back with whatever failed: those that were put, and those that may have been
   * moved. Whoever keeps going wants only those back that were not proved.
   */
  tellWayBack(): void {
    const put = this.#consignments.flatMap(({ open, inDoubt }) =>
      open.filter((destination) => {
        const { reference, current } = destination;
        const { outcome, fault } = this.#ledger.entry(reference);
        const wasPut = outcome === 'promoted' && (this.#stays || fault !== undefined);
        const mayHaveMoved = current !== undefined && inDoubt.has(destination);
        return reference.tag !== undefined && (wasPut || mayHaveMoved);
      }),
    );
    for (const { reference } of this.#consignments.flatMap(({ open }) => open)) {
      this.#ledger.entry(reference).toPutBack = put;
    }
  }

  async #each(consignments: readonly Consignment[], phase: (consignment: Consignment) => Promise<void>): Promise<void> {
    await Promise.all(
      consignments.map(async (consignment) => {
        try {
          await phase(consignment);
        } catch (error) {
          this.#blame(consignment, error);
        }
      }),
    );
  }

  /** After a failure nobody goes on, or whoever did not fail. */
  #going(): readonly Consignment[] {
    if (this.#stays) return [];
    return this.#consignments.filter(({ freight }) =>
      freight.destinations.every(({ reference }) => this.#ledger.entry(reference).fault === undefined),
    );
  }

  get #stays(): boolean {
    return this.#ledger.withholds(this.#course.policy);
  }

  async #putTag(sharing: readonly Leg[]): Promise<void> {
    const [first] = sharing;
    if (first === undefined || this.#stays) return;
    const references = sharing.map(({ destination }) => destination.reference);
    try {
      await first.consignment.put(first.destination);
      for (const reference of references) this.#ledger.entry(reference).outcome = 'promoted';
    } catch (error) {
      for (const reference of references) this.#ledger.failed(reference, error);
    }
  }

  async #bring(consignment: Consignment): Promise<void> {
    const artifacts = await consignment.bring(this.#order);
    // One may be found both ways: by its subject and by its tag.
    const attached = [...new Set(artifacts.map(({ graph }) => graph.root.digest))];
    for (const { reference } of consignment.freight.destinations) {
      this.#ledger.entry(reference).attached = attached;
      const destination = reference.toString();
      for (const { graph, tag } of artifacts) this.#world.emit({ type: 'attached', destination, graph, tag });
    }
    if (consignment.open.length === 0 && (await consignment.wrote())) this.#promotedWhereUnchanged(consignment);
    if (consignment.open.length === 0 || this.#order === 'by digest first') await consignment.proven();
  }

  /** An image alone that fails takes everything with it: its other transfers are stopped for this reason. */
  #blame({ freight, open }: Consignment, error: unknown): void {
    if (this.#order === 'by tag alone') {
      if (this.#ledger.hasFailed) return;
      this.#world.stop(error);
    }
    const blamed = open.length === 0 ? freight.destinations : open;
    for (const { reference } of blamed) this.#ledger.failed(reference, error);
  }

  #promotedWhereUnchanged(consignment: Consignment): void {
    for (const { reference, action } of consignment.freight.destinations) {
      if (action === 'unchanged') this.#ledger.entry(reference).outcome = 'promoted';
    }
  }
}

/** Sorts the images of a plan by destination repository, with the means that they share. */
function consign(plan: Plan, { mode, policy, attached }: Course, ledger: Ledger, world: World): readonly Consignment[] {
  const lanes = new Lanes();
  const shelfAt = oncePer(
    ({ host }: Reference) => host,
    () => new Shelf(),
  );
  const contentIn = oncePer(
    ({ name }: Reference) => name,
    (destination) => {
      const repository = world.open(destination, 'destination');
      return new ContentCopy({ destination, repository, shelf: shelfAt(destination) }, mode, world);
    },
  );
  return plan.images.flatMap((image) => {
    const possible = image.destinations.filter(({ reference }) => ledger.entry(reference).fault === undefined);
    const byRepository = Map.groupBy(possible, ({ reference }) => reference.name);
    return [...byRepository.values()].flatMap((destinations) => {
      const destination = destinations[0]?.reference;
      if (destination === undefined) return [];
      const repository = world.open(destination, 'destination');
      const freight: Freight = {
        image,
        destinations,
        repository,
        content: contentIn(destination),
        copy: new BlobCopy(world.open(image.source, 'source'), repository, world, lanes),
        mountable: destination.host === image.source.host,
        attached: () => attached(image),
      };
      return [new Consignment(freight, mode, policy, world)];
    });
  });
}
