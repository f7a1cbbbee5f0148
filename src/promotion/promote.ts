import { accountFor, type Work } from './account.ts';
import { attachedFinder } from './attached-finder.ts';
import { execute } from './execute.ts';
import { foresee } from './foresee.ts';
import type { Ledger } from './ledger.ts';
import { planImages } from './planning.ts';
import type { Report } from './report.ts';
import type { ImageRequest, PromotionPolicy, PromotionRequest } from './request.ts';
import { selectImages } from './select.ts';
import type { World } from './world.ts';

/**
 * The whole story: request → select → resolve → plan → execute → verify → report.
 * @returns always a report; what failed stands in it
 */
export function promote(request: PromotionRequest, world: World): Promise<Report> {
  const work: Work = async (ledger) => {
    const images = await selectImages(request, world);
    ledger.begin(images);
    return carry(images, request.policy, ledger, world);
  };
  return accountFor(request.images, work, world);
}

async function carry(
  images: readonly ImageRequest[],
  policy: PromotionPolicy,
  ledger: Ledger,
  world: World,
): ReturnType<Work> {
  const plan = await planImages(images, policy, ledger, world);
  if (ledger.withholds(policy)) return [];
  if (policy.dryRun) {
    await foresee(plan, policy, ledger, world);
    ledger.markPlanned(policy);
    return [];
  }
  const attached = attachedFinder(plan.images.length, policy, world);
  return execute(plan, { mode: policy.repair ? 'mend' : 'fill', policy, phase: 'both', attached }, ledger, world);
}
