import type { Side } from '../fault.ts';
import { type ArtifactRegistryPlace, artifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import type { ArtifactRegistry } from './artifact-registry.ts';
import { claimFindings } from './check-claims.ts';
import { type CheckRules, destinationFinding, immutabilityFinding, sourceFinding } from './check-images.ts';
import { foreignFinding, permissionFindings, repositoryFinding } from './check-repository.ts';
import { type DestinationTag, type Open, type ReadImage, type Route, readImage } from './check-tags.ts';
import type { Finding } from './finding.ts';
import { LookAround } from './look-around.ts';
import { type Permission, readPermission, repositoryName, uploadPermission } from './permissions.ts';

/** What is asked, and by whom. */
export interface Inquiry {
  readonly api: ArtifactRegistry;
  readonly open: Open;
  /** as IAM policies name the caller, or a word in its place */
  readonly member: string;
}

const lookUpMs = 10_000;

/**
 * Everything that a promotion needs, each with how it stands; writes nothing.
 * @param images of whose tags it is known which they are
 * @param listings of which only the repositories are looked at
 * @throws Fault where there is no token, or the run was ended
 */
export async function checkPromotion(
  images: readonly Route[],
  listings: readonly Route[],
  rules: CheckRules,
  inquiry: Inquiry,
): Promise<Finding[]> {
  const around = new LookAround(inquiry.api, lookUpMs);
  const read = await Promise.all(images.map((image) => readImage(image, inquiry.open)));
  const routes = [...images, ...listings];
  const sources = distinct(routes.map(({ source }) => source));
  const destinations = distinct(routes.flatMap((route) => route.destinations));
  const findings = await Promise.all([
    ...sources.map((reference) =>
      repositoryFindings(
        { side: 'source', reference, permissions: [readPermission], tags: [], areAllKnown: true },
        inquiry,
        around,
      ),
    ),
    Promise.all(read.map((image) => sourceFinding(image, rules, around))),
    ...destinations.map((reference) => {
      const tags = tagsIn(reference, read);
      const areAllKnown = listings.length === 0 && tags.every(({ action }) => action !== 'unclear');
      const permissions = permissionsFor(tags, areAllKnown);
      return repositoryFindings({ side: 'destination', reference, permissions, tags, areAllKnown }, inquiry, around);
    }),
    read.flatMap((image) => image.destinations.map((tag) => destinationFinding(tag, rules))),
    claimFindings(read),
  ]);
  return findings.flat();
}

/** A repository, and what is wanted of it. */
interface Wanted {
  readonly side: Side;
  readonly reference: Reference;
  readonly permissions: readonly Permission[];
  /** what would become of the tags that go there */
  readonly tags: readonly DestinationTag[];
  /** what would become of each tag there is known */
  readonly areAllKnown: boolean;
}

async function repositoryFindings(
  { side, reference, permissions, tags, areAllKnown }: Wanted,
  { api, member }: Inquiry,
  around: LookAround,
): Promise<Finding[]> {
  const place = artifactRegistryPlace(reference);
  if (place === undefined) return [foreignFinding(side, reference.host)];
  // One by one: a permission that the API does not know of this kind of resource takes no other along.
  const [facts, ...granted] = await Promise.all([
    api.repository(place),
    ...permissions.map((permission) => api.granted(place, [permission])),
  ]);
  const absent = { kind: 'absent' } as const;
  const tested = permissions.map((permission, index) => ({
    permission,
    granted: facts.kind === 'absent' ? absent : (granted[index] ?? absent),
  }));
  return [
    await repositoryFinding(side, place, facts, around),
    ...permissionFindings(side, place, tested, member),
    ...(side === 'destination' && facts.kind === 'found'
      ? [immutabilityFinding(place, facts.value.immutableTags, tags, areAllKnown)]
      : []),
  ];
}

/** Reading is needed on the destination too: its tags are read before, and everything is read back after. */
function permissionsFor(tags: readonly DestinationTag[], areAllKnown: boolean): Permission[] {
  const makes = !areAllKnown || tags.some(({ action }) => action === 'create');
  const moves = tags.some(({ action }) => action === 'move');
  return [
    readPermission,
    uploadPermission,
    ...(makes ? (['artifactregistry.tags.create'] as const) : []),
    ...(moves ? (['artifactregistry.tags.update'] as const) : []),
  ];
}

function tagsIn(reference: Reference, images: readonly ReadImage[]): DestinationTag[] {
  const key = keyOf(reference);
  return images.flatMap(({ destinations }) => destinations.filter((tag) => keyOf(tag.reference) === key));
}

/** One reference a repository (elsewhere: a host). */
function distinct(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((reference) => [keyOf(reference), reference])).values()];
}

function keyOf(reference: Reference): string {
  const place: ArtifactRegistryPlace | undefined = artifactRegistryPlace(reference);
  return place === undefined ? reference.host : repositoryName(place);
}
