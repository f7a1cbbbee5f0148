import { type AttachedArtifact, type CosignTags, findAttached } from './attached.ts';
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
  const listings = new Map<string, Promise<ReadonlySet<string>>>();
  const warn = (message: string) => world.emit({ type: 'warning', message });
  const listed = ({ source }: PlannedImage): Promise<ReadonlySet<string>> => {
    const tags =
      listings.get(source.name) ?? Array.fromAsync(world.open(source, 'source').tags()).then((all) => new Set(all));
    listings.set(source.name, tags);
    return tags;
  };
  const find = async (image: PlannedImage): Promise<readonly AttachedArtifact[]> => {
    const cosign: CosignTags = plan.images.length < listFrom ? 'of the root' : await listed(image);
    return findAttached(world.open(image.source, 'source'), image.graph, cosign, warn);
  };
  // Many tags may stand at one image.
  const found = new Map<string, Promise<readonly AttachedArtifact[]>>();
  return (image) => {
    const key = image.source.toString();
    const known = found.get(key) ?? find(image);
    found.set(key, known);
    return known;
  };
}
