import { Fault } from '../fault.ts';
import { artifactRegistryPlace, identityOf, isGoogleRegistryHost, placeName } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import type { ImageRequest, PromotionRequest, Selection } from '../promotion/request.ts';
import { readDestinationRepositories, readDestinations } from './destinations.ts';
import { isBare } from './image-name.ts';
import { inLine, readImagesFile } from './images-file.ts';
import type { OptionName } from './options.ts';
import { readFilter, readScope, type Scope } from './scope.ts';
import { type NamedSource, readSources, readTags } from './sources.ts';
import type { Environment, OptionValues } from './values.ts';

type Images = Pick<PromotionRequest, 'images' | 'selections'>;

const forOneSource = [
  'dest',
  'dest-image',
  'dest-tag',
  'expect-digest',
  'expect-digest-file',
] as const satisfies readonly OptionName[];

/**
 * Which images go where. Reads the file of `--images-file`.
 * @throws Fault USAGE, also for a destination that is its own source, or that stands twice for one source
 */
export async function readImages(values: OptionValues, env: Environment): Promise<Images> {
  const scope = readScope(values);
  const sources = readSources(await readImagesFile(values), scope, values, env);
  const named = sources.filter(({ reference }) => scope === 'named tags' || !isBare(reference));
  const selected = sources.filter((source) => !named.includes(source));
  refuseUnselected(named, selected, scope, values);
  const versions = named.flatMap((source) => versionsOf(source, values));
  if (versions.length + selected.length > 1) refuseOptionsForOneSource(values);
  const images = versions.map((source) => inLine(source.line, () => imageOf(source, values, env)));
  const filter = readFilter(values);
  const selections = selected.map((source) =>
    inLine(source.line, () => ({ ...selectionOf(source, scope, values, env), filter })),
  );
  return { images, selections };
}

function refuseUnselected(
  named: readonly NamedSource[],
  selected: readonly NamedSource[],
  scope: Scope,
  values: OptionValues,
): void {
  const [first] = named;
  if (scope === 'named tags' || first === undefined || (scope === 'all tags' && selected.length > 0)) return;
  const option = values.where(scope === 'recursive' ? 'recursive' : 'all-tags');
  throw new Fault('USAGE', `${option} is given, but ${first.reference} carries its own tag or digest`, {
    hint: `write ${first.reference.name}`,
  });
}

/** One source for each tag of `--tag` where it has neither tag nor digest. */
function versionsOf(source: NamedSource, values: OptionValues): readonly NamedSource[] {
  const { reference, line } = source;
  if (!isBare(reference)) return [source];
  const tags = readTags(values);
  if (tags.length > 0) return tags.map((tag) => ({ ...source, reference: reference.withTag(tag) }));
  throw new Fault('USAGE', `${line ?? values.where('source')} has neither a tag nor a digest: ${reference.name}`, {
    hint: 'write :TAG or @sha256:… behind it, or give --tag or the substitution _TAG',
  });
}

function imageOf(source: NamedSource, values: OptionValues, env: Environment): ImageRequest {
  const image = { source: source.reference, destinations: readDestinations(source, values, env) };
  for (const reference of [image.source, ...image.destinations]) refuseWithoutImage(reference);
  refuseCopyOntoItself(image);
  refuseRepeatedDestinations(image);
  return image;
}

function selectionOf(
  source: NamedSource,
  scope: Scope,
  values: OptionValues,
  env: Environment,
): Omit<Selection, 'filter'> {
  const destinations = readDestinationRepositories(source, scope, values, env);
  const selection = { source: source.reference, destinations };
  for (const reference of [selection.source, ...destinations]) {
    if (scope === 'recursive') refuseWithoutRepository(reference);
    else refuseWithoutImage(reference);
  }
  refuseCopyOntoItself(selection);
  refuseRepeatedDestinations(selection);
  if (scope !== 'recursive') return { of: 'image', ...selection };
  refuseCopyIntoItself(selection);
  return { of: 'repository', ...selection };
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

function refuseWithoutRepository(reference: Reference): void {
  if (!isGoogleRegistryHost(reference.host) || artifactRegistryPlace(reference) !== undefined) return;
  throw new Fault('USAGE', `${reference} names no repository`, {
    hint: 'in Artifact Registry a repository is HOST/PROJECT/REPOSITORY',
  });
}

function refuseCopyOntoItself({ source, destinations }: ImageRequest): void {
  const same = destinations.find((destination) => identityOf(destination) === identityOf(source));
  if (same === undefined) return;
  throw new Fault('USAGE', `source and destination are the same: ${same}`, {
    hint: 'give what differs: --dest-project, --dest-location, --dest-repo, --dest-image or --dest-tag',
  });
}

/** The next run would find what this one wrote, and copy that as well. */
function refuseCopyIntoItself({ source, destinations }: Pick<Selection, 'source' | 'destinations'>): void {
  const within = destinations.find((destination) => placeName(destination).startsWith(`${placeName(source)}/`));
  if (within === undefined) return;
  throw new Fault('USAGE', `the destination ${within} lies below the source ${source}, which is copied whole`);
}

/** What two sources name is found in the plan, where their digests are known. */
function refuseRepeatedDestinations({ destinations }: Pick<ImageRequest, 'destinations'>): void {
  const seen = new Set<string>();
  for (const destination of destinations) {
    const identity = identityOf(destination);
    if (seen.has(identity)) throw new Fault('USAGE', `the destination ${destination} is named twice`);
    seen.add(identity);
  }
}
