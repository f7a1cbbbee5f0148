import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { AttachedArtifact } from './attached.ts';
import { oncePer } from './once.ts';
import type { DocumentedAttached } from './plan-document.ts';
import type { World } from './world.ts';

/** A tag of cosign in the repository of a destination. */
interface CosignTag {
  readonly destination: Reference;
  readonly tag: string;
}

/** What stands at a tag of cosign; each is asked for once. */
export type CosignStanding = (tag: CosignTag) => Promise<Digest | undefined>;

export function cosignStanding(world: World): CosignStanding {
  return oncePer(
    ({ destination, tag }: CosignTag) => `${destination.name}:${tag}`,
    async ({ destination, tag }) => (await world.open(destination, 'destination').get(tag))?.digest,
  );
}

/** What is attached as the document has it: of a tag, what stands there now. */
export function documentAttached(
  artifacts: readonly AttachedArtifact[],
  destinations: readonly Reference[],
  standing: CosignStanding,
): Promise<DocumentedAttached[]> {
  const repositories = [...new Map(destinations.map((destination) => [destination.name, destination])).values()];
  return Promise.all(
    artifacts.map(async ({ graph: { root }, tag }) => {
      if (tag === undefined) return { digest: root.digest };
      const stands = repositories.map(async (destination) => ({
        repository: destination.name,
        current: (await standing({ destination, tag })) ?? null,
      }));
      return { digest: root.digest, tag, standing: await Promise.all(stands) };
    }),
  );
}
