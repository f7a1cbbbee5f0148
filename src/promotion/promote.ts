import { asFault, type Fault } from '../fault.ts';
import { makeReport } from './account.ts';
import type { ContentCopy } from './content.ts';
import { execute } from './execute.ts';
import { Ledger } from './ledger.ts';
import { makePlan, type Plan } from './plan.ts';

import type { Report } from './report.ts';
import type { PromotionRequest } from './request.ts';
import { type ResolvedImage, resolveImage } from './resolve.ts';
import type { World } from './world.ts';

/**
 * The whole story: request → resolve → plan → execute → verify → report.
 * @returns always a report; what failed stands in it
 */
export async function promote(request: PromotionRequest, world: World): Promise<Report> {
  const startedAt = world.limits.clock.now();
  const ledger = new Ledger();
  for (const { source, destinations } of request.images) {
    for (const destination of destinations) ledger.open(source, destination);
  }
  let copies: readonly ContentCopy[] = [];
  let stopped: Fault | undefined;
  try {
    const plan = makePlan(await resolveAll(request, ledger, world), request.policy);
    announce(plan, ledger, world);
    if (!request.policy.dryRun) copies = await execute(plan, request.policy.repair ? 'mend' : 'fill', ledger, world);
    else for (const entry of ledger.entries) if (entry.outcome === 'withheld') entry.outcome = 'planned';
  } catch (error) {
    stopped = asFault(error);
  }
  const durationMs = world.limits.clock.now() - startedAt;
  return makeReport({ ledger, copies, stopped, requests: world.requests(), durationMs }, world);
}

async function resolveAll(request: PromotionRequest, ledger: Ledger, world: World): Promise<ResolvedImage[]> {
  return Promise.all(
    request.images.map(async (image) => {
      try {
        return await resolveImage(image, request.policy, world);
      } catch (error) {
        for (const destination of image.destinations) ledger.failed(destination, error);
        throw error;
      }
    }),
  );
}

function announce(plan: Plan, ledger: Ledger, world: World): void {
  for (const image of plan.images) {
    for (const tag of image.tags) {
      ledger.planned(image, tag);
      world.emit({
        type: 'planned',
        destination: tag.reference.toString(),
        digest: image.digest,
        current: tag.current,
        action: tag.action,
      });
    }
  }
}
