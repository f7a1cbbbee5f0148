import type { Repository } from '../oci/repository.ts';
import type { AttachedArtifact } from './attached.ts';
import { attachedFinder } from './attached-finder.ts';
import type { Ledger } from './ledger.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { PromotionPolicy } from './request.ts';
import type { World } from './world.ts';

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
  const looks = new Map<string, Promise<boolean>>();
  const lacksAttached = (image: PlannedImage, repository: Repository): Promise<boolean> => {
    const key = `${repository.name}@${image.digest} ${image.source.name}`;
    const known = looks.get(key) ?? find(image).then((attached) => lacksSome(attached, repository, policy));
    looks.set(key, known);
    return known;
  };
  const unchanged = plan.images.flatMap((image) =>
    image.destinations
      .filter(({ reference }) => ledger.entry(reference).outcome === 'unchanged')
      .map(({ reference }) => ({ image, reference })),
  );
  await Promise.all(
    unchanged.map(async ({ image, reference }) => {
      try {
        const isPlanned = policy.repair || (await lacksAttached(image, world.open(reference, 'destination')));
        if (isPlanned) ledger.toBeCompleted(reference);
      } catch (error) {
        ledger.failed(reference, error);
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
