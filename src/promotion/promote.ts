import { makeReport } from './account.ts';
import { attachedFinder } from './attached-finder.ts';
import type { ContentCopy } from './content.ts';
import { execute } from './execute.ts';
import { Ledger } from './ledger.ts';
import { planImages } from './planning.ts';
import type { Report } from './report.ts';
import type { PromotionRequest } from './request.ts';
import type { World } from './world.ts';

/**
 * The whole story: request → resolve → plan → execute → verify → report.
 * @returns always a report; what failed stands in it
 */
export async function promote(request: PromotionRequest, world: World): Promise<Report> {
  const startedAt = world.limits.clock.now();
  const ledger = new Ledger(request.images);
  let copies: readonly ContentCopy[] = [];
  try {
    copies = await carry(request, ledger, world);
  } catch (error) {
    ledger.stop(error);
  }
  const durationMs = world.limits.clock.now() - startedAt;
  return makeReport({ ledger, copies, requests: world.requests(), durationMs }, world);
}

async function carry(
  { images, policy }: PromotionRequest,
  ledger: Ledger,
  world: World,
): Promise<readonly ContentCopy[]> {
  const plan = await planImages(images, policy, ledger, world);
  if (ledger.hasFailed && policy.onFailure === 'withhold') return [];
  if (policy.dryRun) {
    ledger.markPlanned();
    return [];
  }
  const attached = attachedFinder(plan, policy, world);
  return execute(plan, { mode: policy.repair ? 'mend' : 'fill', policy, phase: 'both', attached }, ledger, world);
}
