import type { Circumstance, Side } from '../fault.ts';
import { type ArtifactRegistryPlace, artifactRegistryReference } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import { printable } from '../text.ts';
import { createCommand } from './gcloud-commands.ts';
import type { LookAround } from './look-around.ts';
import { repositoryName } from './permissions.ts';

const multiRegions: readonly string[] = ['us', 'europe', 'asia'];
const optionPrefix: Readonly<Record<Side, string>> = { source: '--source', destination: '--dest' };

/** What is wrong, and what to type or change. */
export interface Remedy {
  readonly detail: string;
  readonly fix?: string;
}

/**
 * Where something is that was not found: the repository in another location, or the names that are nearest.
 * @returns undefined where nothing better is known than that it was not found
 */
export async function whereItIs(
  { side, action }: Pick<Circumstance, 'side' | 'action'>,
  reference: Reference,
  place: ArtifactRegistryPlace,
  around: LookAround,
): Promise<Remedy | undefined> {
  const repository = await around.repository(place);
  if (repository === 'absent') return missingRepository(side, place, around);
  if (repository === 'unknown' && action === 'write') return locationGuess(side, place);
  const image = await around.image(place);
  if (image === undefined) return repository === 'unknown' ? locationGuess(side, place) : undefined;
  if (image !== 'there') {
    const option = side === undefined ? '' : ` (${side === 'source' ? '--image' : '--dest-image'})`;
    return { detail: `${repositoryName(place)} has no image ${place.image}${meant(image, option)}` };
  }
  if (reference.tag === undefined) return { detail: `the image ${place.image} is there, but not with that digest` };
  const tags = await around.nearestTags(place, reference.tag);
  return { detail: `the image ${place.image} is there, but has no tag ${reference.tag}${meant(tags, ' (--tag)')}` };
}

function meant(names: readonly string[], option: string): string {
  return names.length === 0 ? '' : `; did you mean ${listed(names)}?${option}`;
}

/** Of a repository that does not exist where it was said to be. */
export async function missingRepository(
  side: Side | undefined,
  place: ArtifactRegistryPlace,
  around: LookAround,
): Promise<Remedy> {
  const [locations, similar] = await Promise.all([around.locationsOf(place), around.nearestRepositories(place)]);
  const { project, location, repository } = place;
  const [found] = locations ?? [];
  if (found !== undefined) {
    const kind = multiRegions.includes(found) ? `the multi-region ${found}` : found;
    const more = (locations?.length ?? 0) > 1 ? ` (and ${listed(locations?.slice(1) ?? [])})` : '';
    const option = side === undefined ? '' : ` (${optionPrefix[side]}-location ${found})`;
    return {
      detail: `the repository ${repository} of project ${project} lies in ${kind}${more}, not in ${location}`,
      fix: `name it as ${artifactRegistryReference({ ...place, location: found })}${option}`,
    };
  }
  const absent = `project ${project} has no repository ${repository} in ${location}`;
  if (similar.length > 0) {
    const option = side === undefined ? '' : ` (${optionPrefix[side]}-repo)`;
    return { detail: `${absent}${meant(similar, option)}` };
  }
  const elsewhere = locations === undefined ? `; ${locationGuess(side, place).detail}` : ', nor in any other location';
  return { detail: `${absent}${elsewhere}`, fix: createCommand(place) };
}

/** Nobody may look: the usual slip is a multi-region that was taken for the region where builds run, or the reverse. */
function locationGuess(side: Side | undefined, { location, repository }: ArtifactRegistryPlace): Remedy {
  const multi = multiRegions.find((name) => location.startsWith(`${name}-`));
  const option = side === undefined ? '' : ` (${optionPrefix[side]}-location)`;
  const other =
    multi === undefined
      ? `locations are regions such as us-central1, or the multi-regions ${multiRegions.join(', ')}`
      : `the multi-region ${multi} is another location than the region ${location}`;
  return { detail: `is ${repository} in ${location}? ${other}${option}` };
}

function listed(names: readonly string[]): string {
  return names.map((name) => printable(name, 128)).join(', ');
}
