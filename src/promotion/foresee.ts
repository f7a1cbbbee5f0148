import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { AttachedArtifact } from './attached.ts';
import { attachedFinder } from './attached-finder.ts';
import type { Ledger } from './ledger.ts';
import { oncePer } from './once.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { PromotionPolicy } from './request.ts';
import type { World } from './world.ts';

/** A destination that has its image already. */
interface Unchanged {
  readonly image: PlannedImage;
  readonly reference: Reference;
}

/**
 * What a dry run adds to a plan: a destination whose tag has the digest already is planned all the same where
 * something attached would be written, or where what lies below it would be walked. Reads only.
 */
export async function foresee(
  plan: Plan,
  policy: Pick<PromotionPolicy, 'allowMove' | 'attached' | 'repair'>,
  ledger: Ledger,
  world: World,
): Promise<void> {
  const find = attachedFinder(plan, policy, world);
  const lacksAttached = oncePer(
    ({ image, reference }: Unchanged) => `${image.source} ${reference.name}`,
    async ({ image, reference }) => lacksSome(await find(image), world.open(reference, 'destination'), policy),
  );
  const unchanged = plan.images.flatMap((image) =>
    image.destinations
      .filter(({ reference }) => ledger.entry(reference).outcome === 'unchanged')
      .map(({ reference }): Unchanged => ({ image, reference })),
  );
  await Promise.all(
    unchanged.map(async (each) => {
      try {
        if (policy.repair || (await lacksAttached(each))) ledger.toBeCompleted(each.reference);
      } catch (error) {
        ledger.failed(each.reference, error);
      }
    }),
  );
}

async function lacksSome(
  attached: readonly AttachedArtifact[],
  repository: Repository,
  { allowMove }: Pick<PromotionPolicy, 'allowMove'>,
): Promise<boolean> {
  const lacks = await Promise.all(
    attached.map(async ({ graph: { root }, tag }) => {
      if (tag === undefined) return (await repository.head(root.digest)) === undefined;
      const current = (await repository.get(tag))?.digest;
      return current === undefined || (current !== root.digest && allowMove);
    }),
  );
  return lacks.includes(true);
}
