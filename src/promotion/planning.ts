import pLimit from 'p-limit';
import type { Ledger } from './ledger.ts';
import { findRefusals, makePlan, type Plan } from './plan.ts';
import type { ImageRequest, PromotionPolicy } from './request.ts';
import { type Depth, type ResolvedImage, Resolver } from './resolve.ts';
import { imagesAtATime, type World } from './world.ts';

/**
 * Resolves the images and says what would be done. An image that cannot be resolved, or that is
 * refused, stands as failed in the ledger.
 */
export async function planImages(
  images: readonly ImageRequest[],
  policy: PromotionPolicy,
  ledger: Ledger,
  world: World,
): Promise<Plan> {
  const plan = makePlan(await resolveAll(images, policy.repair ? 'whole' : 'as needed', ledger, world));
  announce(plan, ledger, world);
  for (const { destination, fault } of findRefusals(plan, policy)) ledger.failed(destination, fault);
  return plan;
}

/** Many images at once; one that cannot be resolved stands as failed in the ledger and is left out. */
export async function resolveAll(
  images: readonly ImageRequest[],
  depth: Depth,
  ledger: Ledger,
  world: World,
): Promise<ResolvedImage[]> {
  const resolver = new Resolver(world, depth);
  const resolved = await pLimit(imagesAtATime).map(images, async (image) => {
    try {
      return [await resolver.resolve(image)];
    } catch (error) {
      for (const destination of image.destinations) ledger.failed(destination, error);
      return [];
    }
  });
  return resolved.flat();
}

/** Enters a plan into the ledger, and tells of it. */
export function announce(plan: Plan, ledger: Ledger, world: World): void {
  for (const image of plan.images) {
    for (const destination of image.destinations) {
      ledger.planned(image, destination);
      const { reference, current, action } = destination;
      const { digest, graph } = image;
      world.emit({ type: 'planned', destination: reference.toString(), digest, current, action, graph });
    }
  }
}
