import pLimit from 'p-limit';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { AttachedArtifact } from './attached.ts';
import { attachedFinder } from './attached-finder.ts';
import type { Ledger } from './ledger.ts';
import { type Holdings, holdingsIn } from './listed.ts';
import { oncePer } from './once.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { PromotionPolicy } from './request.ts';
import { imagesAtATime, type World } from './world.ts';

/** An image, and where it is to go. */
interface Goal {
  readonly image: PlannedImage;
  readonly reference: Reference;
}

/**
 * What a dry run adds to a plan: a destination whose tag has the digest already is planned all the same where
 * something attached would be written, or where what lies below it would be walked. What is attached cannot be
 * read: that image fails, as it would. Reads only.
 */
export async function foresee(
  plan: Plan,
  policy: Pick<PromotionPolicy, 'allowMove' | 'attached' | 'repair'>,
  ledger: Ledger,
  world: World,
): Promise<void> {
  const find = attachedFinder(plan.images.length, policy, world);
  const holdingsAt = holdingsIn(world);
  const lacksAttached = oncePer(
    ({ image, reference }: Goal) => `${image.source} ${reference.name}`,
    async ({ image, reference }) =>
      lacksSome(await find(image), world.open(reference, 'destination'), holdingsAt(reference), policy),
  );
  const goals = plan.images.flatMap((image) =>
    image.destinations
      .filter(({ reference }) => ledger.entry(reference).fault === undefined)
      .map(({ reference }): Goal => ({ image, reference })),
  );
  await pLimit(imagesAtATime).map(goals, async (goal) => {
    const { image, reference } = goal;
    try {
      await find(image);
      if (ledger.entry(reference).outcome !== 'unchanged') return;
      if (policy.repair || (await lacksAttached(goal))) ledger.toBeCompleted(reference);
    } catch (error) {
      ledger.failed(reference, error);
    }
  });
}

async function lacksSome(
  attached: readonly AttachedArtifact[],
  repository: Repository,
  holdings: Holdings,
  { allowMove }: Pick<PromotionPolicy, 'allowMove'>,
): Promise<boolean> {
  const lacks = await Promise.all(
    attached.map(async ({ graph: { root }, tag }) => {
      if (tag === undefined) return !(await holdings.has(root));
      const current = (await repository.get(tag))?.digest;
      return current === undefined || (current !== root.digest && allowMove);
    }),
  );
  return lacks.includes(true);
}
