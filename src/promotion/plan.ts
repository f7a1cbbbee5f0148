import { Fault } from '../fault.ts';
import { identityOf } from '../oci/artifact-registry-name.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Graph } from './graph.ts';
import type { PromotionPolicy } from './request.ts';
import type { ResolvedImage } from './resolve.ts';

/** What is to be done to one destination: a tag, or a digest alone where the image has no tag. */
export interface PlannedDestination {
  readonly reference: Reference;
  readonly current: Digest | undefined;
  readonly action: 'create' | 'move' | 'unchanged';
}

/** One image, pinned, and where it goes. */
export interface PlannedImage {
  readonly source: Reference;
  readonly digest: Digest;
  readonly graph: Graph;
  readonly destinations: readonly PlannedDestination[];
}

/** What would be done, decided before anything is written. */
export interface Plan {
  readonly images: readonly PlannedImage[];
}

/** Why one destination may not be touched. */
export interface Refusal {
  readonly destination: Reference;
  readonly fault: Fault;
}

/** Pure: says for each destination what is to be done. */
export function makePlan(images: readonly ResolvedImage[]): Plan {
  return {
    images: images.map(({ source, graph, destinations }) => {
      const { digest } = graph.root;
      const planned = destinations.map(({ reference, current }) => ({
        reference,
        current,
        action: actionFor(current, digest),
      }));
      return { source, digest, graph, destinations: planned };
    }),
  };
}

/**
 * Pure: everything that may not be done, found before a byte moves. All of it, so that one run tells
 * of every tag.
 * @returns faults UNEXPECTED_DIGEST, TAG_CLAIMED_TWICE and TAG_WOULD_MOVE; one a destination
 */
export function findRefusals(plan: Plan, policy: Pick<PromotionPolicy, 'allowMove' | 'expectDigest'>): Refusal[] {
  const claims = plan.images.flatMap((image) =>
    image.destinations.map(({ reference }) => ({ image, claimed: identityOf(reference) })),
  );
  const claimants = Map.groupBy(claims, ({ claimed }) => claimed);
  return plan.images.flatMap((image) =>
    image.destinations.flatMap((destination) => {
      const rivals = claimants.get(identityOf(destination.reference))?.map((claim) => claim.image) ?? [];
      const fault =
        unexpected(image, policy.expectDigest) ??
        claimedTwice(image, destination, rivals) ??
        (policy.allowMove ? undefined : wouldMove(image, destination));
      return fault === undefined ? [] : [{ destination: destination.reference, fault }];
    }),
  );
}

function actionFor(current: Digest | undefined, wanted: Digest): PlannedDestination['action'] {
  if (current === undefined) return 'create';
  return current === wanted ? 'unchanged' : 'move';
}

function unexpected({ source, digest }: PlannedImage, expected: Digest | undefined): Fault | undefined {
  if (expected === undefined || expected === digest) return undefined;
  return new Fault('UNEXPECTED_DIGEST', `source ${source} is not the expected ${expected}`, {
    hint: 'the tag was pushed again after the tests, or the expected digest is of another image; promote what was tested by its digest',
  });
}

function claimedTwice(
  { source, digest }: PlannedImage,
  { reference }: PlannedDestination,
  claimants: readonly PlannedImage[],
): Fault | undefined {
  const other = claimants.find((claimant) => claimant.digest !== digest);
  if (other === undefined) return undefined;
  return new Fault('TAG_CLAIMED_TWICE', `destination ${reference} is to be both ${source} and ${other.source}`);
}

function wouldMove({ digest }: PlannedImage, { reference, current, action }: PlannedDestination): Fault | undefined {
  if (action !== 'move') return undefined;
  return new Fault('TAG_WOULD_MOVE', `destination ${reference} stands at ${current} and would move to ${digest}`, {
    hint: 'promote to a tag of its own, or allow this move with --allow-move (_ALLOW_MOVE=true)',
  });
}
