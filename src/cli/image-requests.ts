import { Fault } from '../fault.ts';
import { artifactRegistryPlace, isGoogleRegistryHost } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import type { ImageRequest } from '../promotion/request.ts';
import { readDestinations } from './destinations.ts';
import type { OptionName } from './options.ts';
import { readSources } from './sources.ts';
import type { Environment, OptionValues } from './values.ts';

const forOneSource = [
  'dest',
  'dest-image',
  'dest-tag',
  'expect-digest',
  'expect-digest-file',
] as const satisfies readonly OptionName[];

/**
 * Which images go where.
 * @throws Fault USAGE, also for a destination that is its own source, or that two sources would go to
 */
export function readImageRequests(values: OptionValues, env: Environment): readonly ImageRequest[] {
  const sources = readSources(values, env);
  if (sources.length > 1) refuseOptionsForOneSource(values);
  const images = sources.map((source) => ({ source, destinations: readDestinations(source, values, env) }));
  for (const image of images) {
    for (const reference of [image.source, ...image.destinations]) refuseWithoutImage(reference);
    refuseCopyOntoItself(image);
  }
  refuseRepeatedDestinations(images);
  return images;
}

function refuseOptionsForOneSource(values: OptionValues): void {
  const option = forOneSource.find((name) => values.has(name));
  if (option === undefined) return;
  throw new Fault('USAGE', `${values.where(option)} is for one source, and there are several`, {
    hint: 'promote this image in a step of its own',
  });
}

function refuseWithoutImage(reference: Reference): void {
  if (!isGoogleRegistryHost(reference.host) || artifactRegistryPlace(reference)?.image) return;
  throw new Fault('USAGE', `${reference} names no image below a repository`, {
    hint: 'in Artifact Registry an image is HOST/PROJECT/REPOSITORY/IMAGE:TAG',
  });
}

function refuseCopyOntoItself({ source, destinations }: ImageRequest): void {
  const same = destinations.find((destination) => identityOf(destination) === identityOf(source));
  if (same === undefined) return;
  throw new Fault('USAGE', `source and destination are the same: ${same}`, {
    hint: 'give what differs: --dest-project, --dest-location, --dest-repo, --dest-image or --dest-tag',
  });
}

function refuseRepeatedDestinations(images: readonly ImageRequest[]): void {
  const seen = new Set<string>();
  for (const destination of images.flatMap((image) => image.destinations)) {
    const identity = identityOf(destination);
    if (seen.has(identity)) throw new Fault('USAGE', `the destination ${destination} is named twice`);
    seen.add(identity);
  }
}

// Artifact Registry answers for one repository under several hosts.
function identityOf(reference: Reference): string {
  const place = artifactRegistryPlace(reference);
  if (place === undefined) return `${reference.name}:${reference.tag}`;
  return `${place.location} ${place.project} ${place.repository} ${place.image}:${reference.tag}`;
}
