import { makeReport } from './account.ts';
import { attachedFinder } from './attached-finder.ts';
import type { ContentCopy } from './content.ts';
import { execute } from './execute.ts';
import { Ledger } from './ledger.ts';
import { findRefusals, makePlan, type Plan } from './plan.ts';
import type { Report } from './report.ts';
import type { ImageRequest, PromotionPolicy, PromotionRequest } from './request.ts';
import { type ResolvedImage, Resolver } from './resolve.ts';
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
  const plan = makePlan(await resolveAll(images, policy, ledger, world));
  announce(plan, ledger, world);
  for (const { destination, fault } of findRefusals(plan, policy)) ledger.failed(destination, fault);
  if (ledger.hasFailed && policy.onFailure === 'withhold') return [];
  if (policy.dryRun) {
    for (const entry of ledger.entries) if (entry.outcome === 'withheld') entry.outcome = 'planned';
    return [];
  }
  const mode = policy.repair ? 'mend' : 'fill';
  const attached = attachedFinder(plan, policy, world);
  return execute(plan, { mode, policy, phase: 'both', attached }, ledger, world);
}

async function resolveAll(
  images: readonly ImageRequest[],
  policy: PromotionPolicy,
  ledger: Ledger,
  world: World,
): Promise<ResolvedImage[]> {
  const resolver = new Resolver(world, policy);
  const resolved = await Promise.all(
    images.map(async (image) => {
      try {
        return [await resolver.resolve(image)];
      } catch (error) {
        for (const destination of image.destinations) ledger.failed(destination, error);
        return [];
      }
    }),
  );
  return resolved.flat();
}

function announce(plan: Plan, ledger: Ledger, world: World): void {
  for (const { source, digest, graph, destinations } of plan.images) {
    for (const destination of destinations) {
      ledger.planned({ source, digest, graph, destinations }, destination);
      const { reference, current, action } = destination;
      world.emit({ type: 'planned', destination: reference.toString(), digest, current, action });
    }
  }
}
