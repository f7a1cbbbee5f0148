import { Fault } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import { accountFor, type Work } from './account.ts';
import { cosignNames, readAttached } from './attached.ts';
import { cosignStanding } from './cosign-standing.ts';
import { type Course, execute } from './execute.ts';
import { manifestsOf } from './graph.ts';
import type { Ledger } from './ledger.ts';
import { oncePer } from './once.ts';
import { findRefusals, makePlan, type Plan, type PlannedDestination, type PlannedImage, type Refusal } from './plan.ts';
import {
  type DocumentedAttached,
  type DocumentedImage,
  type PlanDocument,
  planAgain,
  referencesOf,
} from './plan-document.ts';
import { announce, resolveAll } from './planning.ts';
import type { Report } from './report.ts';
import type { ImageRequest, PromotionPolicy } from './request.ts';
import type { World } from './world.ts';

/** Which part of a plan one process carries out. */
export interface PlanPart {
  readonly phase: Course['phase'];
  /** this many of so many, from 1 */
  readonly shard: { readonly index: number; readonly count: number };
}

interface Documented {
  readonly request: ImageRequest;
  readonly document: DocumentedImage;
}

/**
 * Carries out a plan that was made before, and nothing else: from digests alone, and only where every
 * destination still stands where the plan saw it, or where the plan puts it.
 * @returns always a report; what failed stands in it
 */
export function apply(
  document: PlanDocument,
  part: PlanPart,
  policy: Pick<PromotionPolicy, 'allowMove' | 'onFailure'>,
  world: World,
): Promise<Report> {
  const images = shardOf(document.images, part.shard).map((each) => ({ document: each, request: referencesOf(each) }));
  const requests = images.map(({ request }) => request);
  return accountFor(requests, (ledger) => carry(images, part, policy, ledger, world), world);
}

/** A slice of neighbours: tags of one repository stand together, and share their layers. */
function shardOf(images: readonly DocumentedImage[], { index, count }: PlanPart['shard']): readonly DocumentedImage[] {
  const start = Math.floor(((index - 1) * images.length) / count);
  return images.slice(start, Math.floor((index * images.length) / count));
}

async function carry(
  images: readonly Documented[],
  { phase }: PlanPart,
  policy: Pick<PromotionPolicy, 'allowMove' | 'onFailure'>,
  ledger: Ledger,
  world: World,
): ReturnType<Work> {
  const requests = images.map(({ request }) => request);
  const plan = makePlan(await resolveAll(requests, phase === 'tags' ? 'indexes' : 'as needed', ledger, world));
  announce(plan, ledger, world);
  const documentOf = documentFinder(images);
  const refusals = [
    ...findRefusals(plan, { allowMove: policy.allowMove, expectDigest: undefined }),
    ...plan.images.flatMap((image) => findDrift(image, documentOf(image))),
  ];
  for (const { destination, fault } of refusals) ledger.failed(destination, fault);
  if (ledger.withholds(policy)) return [];
  refuseForeignTags(plan, documentOf);
  await refuseMovedAttached(plan, documentOf, ledger, world);
  if (ledger.withholds(policy)) return [];
  if (phase === 'tags') {
    refuseLeftOut(plan, documentOf, ledger);
    await refuseMissing(plan, documentOf, ledger, world);
  }
  const attached = oncePer(
    (image: PlannedImage) => image,
    async (image) =>
      phase === 'tags' ? [] : readAttached(world.open(image.source, 'source'), documentOf(image).attached),
  );
  const copies = await execute(plan, { mode: 'fill', policy, phase, attached }, ledger, world);
  // The tags are another process's work.
  if (phase === 'content') ledger.markPlanned(policy);
  return copies;
}

/** What the plan says of an image: the two share their references. */
function documentFinder(images: readonly Documented[]): (image: PlannedImage) => DocumentedImage {
  const documents = new Map(images.map(({ request, document }) => [request.destinations[0], document]));
  return ({ source, destinations }) => {
    const document = documents.get(destinations[0]?.reference);
    if (document === undefined) throw new Fault('UNEXPECTED', `${source} is not part of the plan`);
    return document;
  };
}

/** A destination that has moved since; one that stands at what the plan puts there is done already. */
function findDrift(image: PlannedImage, document: DocumentedImage): Refusal[] {
  return image.destinations.flatMap(({ reference, current }, index) => {
    const seen = document.destinations[index]?.current ?? undefined;
    if (current === seen || current === image.digest) return [];
    return [{ destination: reference, fault: drifted(reference.toString(), seen, current) }];
  });
}

function drifted(destination: string, seen: Digest | undefined, now: Digest | undefined): Fault {
  const message = `destination ${destination} stood at ${seen ?? 'nothing'} when the plan was made, and at ${now ?? 'nothing'} now`;
  const hint = 'make the plan again, and have it reviewed again: promote plan … --output PLAN.json';
  return new Fault('TAG_MOVED', message, { hint });
}

/** A tag of cosign that has moved since: whoever reviewed the plan saw what would be overwritten, or left, by what stood there. */
async function refuseMovedAttached(
  plan: Plan,
  documentOf: (image: PlannedImage) => DocumentedImage,
  ledger: Ledger,
  world: World,
): Promise<void> {
  const standing = cosignStanding(world);
  const refuse = async (destination: Reference, { digest, tag, standing: documented }: DocumentedAttached) => {
    if (tag === undefined) return;
    const now = await standing({ destination, tag });
    const seen = documented?.find(({ repository }) => repository === destination.name)?.current ?? undefined;
    if (now !== seen && now !== digest) throw drifted(`${destination.name}:${tag}`, seen, now);
  };
  await Promise.all(
    plan.images.flatMap((image) =>
      image.destinations
        .filter(({ reference }) => ledger.entry(reference).fault === undefined)
        .map(async ({ reference }) => {
          try {
            await Promise.all(documentOf(image).attached.map((each) => refuse(reference, each)));
          } catch (error) {
            ledger.failed(reference, error);
          }
        }),
    ),
  );
}

/**
 * Before tags move on their own: does the plan name what the image is made of? What it does not name nobody looks for.
 * @throws Fault USAGE
 */
function refuseLeftOut(plan: Plan, documentOf: (image: PlannedImage) => DocumentedImage, ledger: Ledger): void {
  const isToBePut = ({ reference, action }: PlannedDestination) =>
    action !== 'unchanged' && ledger.entry(reference).fault === undefined;
  for (const image of plan.images.filter(({ destinations }) => destinations.some(isToBePut))) {
    const named = new Set(documentOf(image).manifests);
    const leftOut = manifestsOf(image.graph).find((digest) => !named.has(digest));
    if (leftOut === undefined) continue;
    throw new Fault('USAGE', `the plan leaves out ${leftOut}, a manifest of ${image.source}`, {
      hint: planAgain,
    });
  }
}

/**
 * A tag of cosign is found by the digest in its name: one of another image would give that a signature of this plan's.
 * @throws Fault USAGE
 */
function refuseForeignTags(plan: Plan, documentOf: (image: PlannedImage) => DocumentedImage): void {
  for (const image of plan.images) {
    const own = new Set(cosignNames(image.graph));
    const foreign = documentOf(image).attached.find(({ tag }) => tag !== undefined && !own.has(tag));
    if (foreign === undefined) continue;
    throw new Fault('USAGE', `the plan's tag ${foreign.tag} belongs to no manifest of ${image.source}`, {
      hint: planAgain,
    });
  }
}

/** Before tags move on their own: is every manifest there that the plan names? */
async function refuseMissing(
  plan: Plan,
  documentOf: (image: PlannedImage) => DocumentedImage,
  ledger: Ledger,
  world: World,
): Promise<void> {
  const look = oncePer(
    ({ destination, version }: Wanted) => `${destination.name} ${version}`,
    ({ destination, version }) => world.open(destination, 'destination').head(version),
  );
  const refuse = async (destination: Reference, versions: readonly string[]): Promise<void> => {
    try {
      const found = await Promise.all(versions.map((version) => look({ destination, version })));
      const missing = versions.filter((_, index) => found[index] === undefined);
      if (missing.length > 0) ledger.failed(destination, notWhole(destination, missing));
    } catch (error) {
      ledger.failed(destination, error);
    }
  };
  await Promise.all(
    plan.images.flatMap((image) => {
      const { manifests, attached } = documentOf(image);
      // A tag of cosign that stood at something else at the destination was left there.
      const versions = [...manifests, ...attached.map(({ digest, tag }) => tag ?? digest)];
      return image.destinations
        .filter(({ reference }) => ledger.entry(reference).fault === undefined)
        .map(({ reference }) => refuse(reference, versions));
    }),
  );
}

/** A tag or a digest that a destination is to have. */
interface Wanted {
  readonly destination: Reference;
  readonly version: string;
}

function notWhole(destination: Reference, missing: readonly string[]): Fault {
  const which = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ` and ${missing.length - 5} more` : '');
  const message = `destination ${destination}: its content is not whole: ${which} is missing`;
  return new Fault('NOT_FOUND', message, { hint: 'run every shard of --phase content to its end before --phase tags' });
}
