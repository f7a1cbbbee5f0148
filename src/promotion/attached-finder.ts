import type { Reference } from '../oci/reference.ts';
import { type AttachedArtifact, type CosignTags, findAttached } from './attached.ts';
import { oncePer } from './once.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { PromotionPolicy } from './request.ts';
import type { World } from './world.ts';

/** from so many images on, one listing a repository is cheaper than three names an image */
const listFrom = 20;

/** How the attached artifacts of each image of a plan are found: asked of its source repository, or left. */
export function attachedFinder(
  plan: Plan,
  policy: Pick<PromotionPolicy, 'attached'>,
  world: World,
): (image: PlannedImage) => Promise<readonly AttachedArtifact[]> {
  if (policy.attached === 'leave') return async () => [];
  const warn = (message: string) => world.emit({ type: 'warning', message });
  const listed = oncePer(
    (source: Reference) => source.name,
    async (source) => new Set(await Array.fromAsync(world.open(source, 'source').tags())),
  );
  // Many tags may stand at one image.
  return oncePer(
    ({ source }) => source.toString(),
    async ({ source, graph }) => {
      const cosign: CosignTags = plan.images.length < listFrom ? 'of the root' : await listed(source);
      return findAttached(world.open(source, 'source'), graph, cosign, warn);
    },
  );
}
