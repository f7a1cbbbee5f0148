import type { Reference } from '../oci/reference.ts';
import { type AttachedArtifact, findAttached } from './attached.ts';
import { manifestsOf } from './graph.ts';
import { oncePer } from './once.ts';
import type { PlannedImage } from './plan.ts';
import type { PromotionPolicy } from './request.ts';
import type { World } from './world.ts';

/** from so many images on, one listing a repository is cheaper than three names a manifest */
const listFrom = 20;
/** and for an image of more manifests than that */
const mostNamed = 20;

/** What is attached to an image that is pinned. */
export type AttachedFinder = (image: Pick<PlannedImage, 'source' | 'graph'>) => Promise<readonly AttachedArtifact[]>;

/** How the attached artifacts of each of so many images are found: asked of its source repository, or left. */
export function attachedFinder(
  images: number,
  policy: Pick<PromotionPolicy, 'attached'>,
  world: World,
): AttachedFinder {
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
      const byName = images < listFrom && manifestsOf(graph).length <= mostNamed;
      return findAttached(world.open(source, 'source'), graph, byName ? 'by name' : await listed(source), warn);
    },
  );
}
