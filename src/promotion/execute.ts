import pLimit from 'p-limit';
import { Fault } from '../fault.ts';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import { ContentCopy, type ContentMode, type ContentUnderWay } from './content.ts';
import type { Ledger } from './ledger.ts';
import type { Plan, PlannedImage, PlannedTag } from './plan.ts';
import { readBack } from './read-back.ts';
import { blobsAtATime, type World } from './world.ts';

/** One image on its way into one destination repository. */
interface Consignment {
  readonly image: PlannedImage;
  /** the tags that are to be put; none where only what lies below is mended */
  readonly tags: readonly PlannedTag[];
  readonly repository: Repository;
  readonly content: ContentCopy;
  readonly mountable: boolean;
}

/**
 * Carries a plan out: the content of everything, then the tags of everything, then the proof.
 * What happens is written into the ledger; a fault there, not a throw, tells of a failure.
 */
export async function execute(
  plan: Plan,
  mode: ContentMode,
  ledger: Ledger,
  world: World,
): Promise<readonly ContentCopy[]> {
  const copies = new Map<string, ContentCopy>();
  const consignments = plan.images.flatMap((image) => consign(image, mode, copies, world));
  try {
    const alone = plan.images.length === 1;
    await inAll(consignments, ledger, world, (consignment) =>
      bringContent(consignment, alone ? 'by tag alone' : 'by digest first'),
    );
    await inAll(consignments, ledger, world, (consignment) => putTags(consignment, ledger, world));
    await inAll(consignments, ledger, world, (consignment) => prove(consignment, mode, ledger, world));
  } finally {
    await Promise.all(Array.from(copies.values(), (copy) => copy.settled()));
  }
  return [...copies.values()];
}

/** Does one phase for all. After a failure what is under way elsewhere is stopped, and no later phase begins. */
async function inAll(
  consignments: readonly Consignment[],
  ledger: Ledger,
  world: World,
  phase: (consignment: Consignment) => Promise<void>,
): Promise<void> {
  if (ledger.entries.some(({ fault }) => fault !== undefined)) return;
  await Promise.all(
    consignments.map(async (consignment) => {
      try {
        await phase(consignment);
      } catch (error) {
        blame(consignment, error, ledger);
        world.stop(error);
      }
    }),
  );
}

/** The first failure is the cause; what was stopped because of it is only withheld. */
function blame({ image, tags }: Consignment, error: unknown, ledger: Ledger): void {
  const known = ledger.entries.some(({ fault }) => fault === error);
  if (known) return;
  const open = (tags.length === 0 ? image.tags : tags).filter(({ reference }) => {
    const { outcome, verified } = ledger.entry(reference);
    return outcome === 'withheld' || !verified;
  });
  for (const { reference } of open) ledger.failed(reference, error);
}

function consign(
  image: PlannedImage,
  mode: ContentMode,
  copies: Map<string, ContentCopy>,
  world: World,
): Consignment[] {
  const byRepository = Map.groupBy(image.tags, ({ reference }) => reference.name);
  const source = world.open(image.source, 'source');
  return [...byRepository.values()].flatMap((all) => {
    const tags = all.filter(({ action }) => action !== 'unchanged');
    const [first] = all;
    if (first === undefined || (tags.length === 0 && mode === 'fill')) return [];
    const repository = world.open(first.reference, 'destination');
    const mountable = first.reference.host === image.source.host;
    const key = `${image.source.name} ${first.reference.name}`;
    const content =
      copies.get(key) ??
      new ContentCopy(source, repository, mountable ? image.source.path : undefined, mode, world, pLimit(blobsAtATime));
    copies.set(key, content);
    return [{ image, tags, repository, content, mountable }];
  });
}

/** Ends when everything but the tags is there and every tag still stands where the plan saw it. */
async function bringContent(
  { image, tags, repository, content, mountable }: Consignment,
  top: 'by tag alone' | 'by digest first',
): Promise<void> {
  const underWay = content.below(image.graph);
  const lookAgain = () => Promise.all(tags.map((tag) => refuseMovedMeanwhile(tag, repository)));
  const { root } = image.graph;
  if (top === 'by digest first') await underWay.whole.then(() => content.put(root.digest, root));
  await inLastRound(underWay, root.kind === 'image' && mountable ? 'mounts' : 'manifests', lookAgain);
}

/**
 * The tags are read a second time beside the last round of content, so that this costs no round of
 * its own: beside the mounts of a plain image, or beside the manifests below an index. Where bytes
 * had to be sent after all, the reading beside the mounts is too old and is done again.
 */
async function inLastRound(
  underWay: ContentUnderWay,
  last: 'mounts' | 'manifests',
  lookAgain: () => Promise<unknown>,
): Promise<void> {
  if (last === 'mounts') {
    const [outcomes] = await Promise.all([underWay.blobs, underWay.whole, lookAgain()]);
    if (!outcomes.includes('uploaded')) return;
  }
  await underWay.blobs;
  await Promise.all([underWay.whole, lookAgain()]);
}

async function refuseMovedMeanwhile({ reference, current }: PlannedTag, repository: Repository): Promise<void> {
  const now = await repository.head(reference.tag ?? '');
  if (now === current) return;
  throw new Fault(
    'TAG_MOVED',
    `destination ${reference} moved while its content was copied: it stood at ${current ?? 'nothing'}, now at ${now ?? 'nothing'}`,
    {
      hint: 'nothing was put; find out who else pushes to this tag, then run it again',
    },
  );
}

async function putTags({ image, tags, content }: Consignment, ledger: Ledger, world: World): Promise<void> {
  for (const { reference } of tags) {
    try {
      world.limits.signal.throwIfAborted();
      await content.put(reference.tag ?? '', image.graph.root);
    } catch (error) {
      throw withWayBack(error, reference, ledger);
    }
    ledger.entry(reference).outcome = 'promoted';
    world.emit({ type: 'tagged', destination: reference.toString(), digest: image.digest });
  }
}

async function prove(
  { image, tags, repository, content }: Consignment,
  mode: ContentMode,
  ledger: Ledger,
  world: World,
): Promise<void> {
  const readings = tags.map(async ({ reference, current }) => {
    await readBack(repository, reference.tag ?? '', image.digest, current, world);
    return reference;
  });
  await Promise.all([content.proven(), ...readings]);
  for (const reference of await Promise.all(readings)) {
    ledger.entry(reference).verified = true;
    world.emit({ type: 'verified', destination: reference.toString(), digest: image.digest });
  }
  if (mode === 'mend' && (await content.wroteAnything())) {
    for (const { reference } of image.tags) ledger.entry(reference).outcome = 'promoted';
  }
}

/** Adds the commands that put back the tags that were put before the one that failed. */
function withWayBack(error: unknown, failed: Reference, ledger: Ledger): unknown {
  const done = ledger.entries.filter(({ outcome, destination }) => outcome === 'promoted' && destination !== failed);
  if (!(error instanceof Fault) || done.length === 0) return error;
  const commands = done.map(({ destination, previousDigest }) =>
    previousDigest === undefined
      ? `gcloud artifacts docker tags delete ${destination}`
      : `promote ${destination.withDigest(previousDigest)} ${destination} --allow-move`,
  );
  const hint = [error.hint, `to put back the tags that were put already: ${commands.join(' ; ')}`]
    .filter((part) => part !== undefined)
    .join('; ');
  return new Fault(error.code, error.message, { cause: error, hint, about: error.about });
}
