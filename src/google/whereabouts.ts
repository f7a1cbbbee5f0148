import type { Circumstance, Side } from '../fault.ts';
import { type ArtifactRegistryPlace, artifactRegistryReference } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import { printable } from '../oci/text.ts';
import type { LookAround } from './look-around.ts';
import { repositoryName } from './permissions.ts';

const multiRegions: readonly string[] = ['us', 'europe', 'asia'];
const optionPrefix: Readonly<Record<Side, string>> = { source: '--source', destination: '--dest' };

/**
 * Where something is that was not found: the repository in another location, or the names that are nearest.
 * @returns undefined where nothing better is known than that it was not found
 */
export async function whereItIs(
  { side, action }: Pick<Circumstance, 'side' | 'action'>,
  reference: Reference,
  place: ArtifactRegistryPlace,
  around: LookAround,
): Promise<string | undefined> {
  const repository = await around.repository(place);
  if (repository === 'absent') return missingRepository(side, place, around);
  if (repository === 'unknown' && action === 'write') return locationGuess(side, place);
  const image = await around.image(place);
  const option = side === undefined ? '' : ` (${side === 'source' ? '--image' : '--dest-image'})`;
  if (image === undefined) return repository === 'unknown' ? locationGuess(side, place) : undefined;
  if (image !== 'there') {
    const meant = image.length === 0 ? '' : `; did you mean ${listed(image)}?${option}`;
    return `${repositoryName(place)} has no image ${place.image}${meant}`;
  }
  if (reference.tag === undefined) return `the image ${place.image} is there, but not with that digest`;
  const tags = await around.nearestTags(place, reference.tag);
  return `the image ${place.image} is there, but has no tag ${reference.tag}${tags.length === 0 ? '' : `; did you mean ${listed(tags)}?`}`;
}

async function missingRepository(
  side: Side | undefined,
  place: ArtifactRegistryPlace,
  around: LookAround,
): Promise<string> {
  const [locations, similar] = await Promise.all([around.locationsOf(place), around.nearestRepositories(place)]);
  const { project, location, repository } = place;
  const [found] = locations ?? [];
  if (found !== undefined) {
    const kind = multiRegions.includes(found) ? `the multi-region ${found}` : found;
    const more = (locations?.length ?? 0) > 1 ? ` (and ${listed(locations?.slice(1) ?? [])})` : '';
    return [
      `the repository ${repository} of project ${project} lies in ${kind}${more}, not in ${location}; name it as`,
      `${named({ ...place, location: found })}${side === undefined ? '' : ` (${optionPrefix[side]}-location ${found})`}`,
    ].join('\n');
  }
  if (similar.length > 0) {
    return `project ${project} has no repository ${repository} in ${location}; did you mean ${listed(similar)}?${side === undefined ? '' : ` (${optionPrefix[side]}-repo)`}`;
  }
  const elsewhere = locations === undefined ? `${locationGuess(side, place)}; or it has to be made:` : 'make it with:';
  return [
    `project ${project} has no repository ${repository} in ${location}${locations === undefined ? '' : ', nor in any other location'}; ${elsewhere}`,
    createCommand(place),
  ].join('\n');
}

/** Nobody may look: the usual slip is a multi-region that was taken for the region where builds run, or the reverse. */
function locationGuess(side: Side | undefined, { location, repository }: ArtifactRegistryPlace): string {
  const multi = multiRegions.find((name) => location.startsWith(`${name}-`));
  const option = side === undefined ? '' : ` (${optionPrefix[side]}-location)`;
  if (multi !== undefined) {
    return `is ${repository} in ${location}? the multi-region ${multi} is another location than the region ${location} where builds run${option}`;
  }
  return multiRegions.includes(location)
    ? `is ${repository} in ${location}? the multi-region ${location} is another location than a region such as ${location === 'us' ? 'us-central1' : `${location}-…`}${option}`
    : `is ${repository} in ${location}? locations are regions, or the multi-regions ${multiRegions.join(', ')}${option}`;
}

export function createCommand({ project, location, repository }: ArtifactRegistryPlace): string {
  return `gcloud artifacts repositories create ${repository} --project=${project} --location=${location} --repository-format=docker`;
}

function named(place: ArtifactRegistryPlace): string {
  return artifactRegistryReference(place).toString();
}

function listed(names: readonly string[]): string {
  return names.map((name) => printable(name, 128)).join(', ');
}
