import { Fault } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import { Reference } from '../oci/reference.ts';
import type { ListedManifest, ListedRepository, Repository, RepositoryListing } from '../oci/repository.ts';
import { matchesGlob } from './glob.ts';
import type { ImageRequest, PromotionPolicy, PromotionRequest, Selection, SelectionFilter } from './request.ts';
import type { World } from './world.ts';

/** What is attached, by the fallback scheme of the referrers API or by cosign's: it follows its image, or stays. */
const attachedTag = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.(?:sig|att|sbom))?$/;

/** Some of what a repository lists. */
type Version = Pick<Reference, 'tag' | 'digest'>;

/**
 * The images of a request by name: those that it names, then those that it selects by what the registry lists.
 * @throws Fault NOT_FOUND where a selection selects nothing; USAGE where the registry does not tell what a filter needs
 */
export async function selectImages(request: PromotionRequest, world: World): Promise<readonly ImageRequest[]> {
  const selected = await Promise.all(request.selections.map((selection) => select(selection, request.policy, world)));
  return distinct([...request.images, ...selected.flat()]);
}

async function select(
  selection: Selection,
  policy: Pick<PromotionPolicy, 'attached'>,
  world: World,
): Promise<readonly ImageRequest[]> {
  const { source, filter } = selection;
  const repositories = await listed(selection, world);
  const found = repositories.map(async ({ reference, listing }) => {
    const tagged = chosenTags(reference, listing, filter).map((tag) => ({ tag, digest: undefined }));
    const untagged = filter.untagged ? await untaggedOf(reference, listing, policy, world) : [];
    return [...tagged, ...untagged].map((version) => imageOf(reference, version, selection));
  });
  const images = (await Promise.all(found)).flat();
  if (images.length === 0) throw nothingSelected(selection, repositories);
  world.emit({ type: 'selected', source: source.toString(), images: images.length, repositories: repositories.length });
  return images;
}

async function listed({ of, source }: Selection, world: World): Promise<readonly ListedRepository[]> {
  if (of === 'image') return [{ reference: source, listing: await world.open(source, 'source').listing() }];
  const repositories = await world.repositories(source, 'source');
  return repositories.toSorted((one, other) => compareTexts(one.reference.path, other.reference.path));
}

/** The manifests without a tag; where what is attached is left behind, those without a `subject`. */
async function untaggedOf(
  reference: Reference,
  listing: RepositoryListing,
  { attached }: Pick<PromotionPolicy, 'attached'>,
  world: World,
): Promise<readonly Version[]> {
  const untagged = manifestsOf(reference, listing, '--untagged').filter(({ tags }) => tags.length === 0);
  const versions = untagged.map(({ digest }) => ({ tag: undefined, digest }));
  if (attached === 'follow') return versions;
  const repository = world.open(reference, 'source');
  const areAttached = await Promise.all(versions.map(({ digest }) => isAttached(digest, repository)));
  return versions.filter((_, index) => areAttached[index] !== true);
}

/** What cannot be read is told of where it is to be promoted. */
async function isAttached(digest: Digest, repository: Repository): Promise<boolean> {
  const manifest = await repository.get(digest).catch(() => undefined);
  return manifest?.subject !== undefined;
}

/** The tags that a filter lets through, in their order; with `newest`, the newest first. */
function chosenTags(reference: Reference, listing: RepositoryListing, filter: SelectionFilter): readonly string[] {
  const { include, exclude, newest } = filter;
  const matching = listing.tags
    .filter((tag) => !attachedTag.test(tag))
    .filter((tag) => include.length === 0 || include.some((glob) => matchesGlob(tag, glob)))
    .filter((tag) => !exclude.some((glob) => matchesGlob(tag, glob)))
    .toSorted(compareTexts);
  if (newest === undefined || matching.length === 0) return matching;
  const times = uploadTimes(reference, listing, matching);
  // Tags of one manifest have one time; the greater version of them counts as the newer.
  const age = (tag: string) => -(times.get(tag) ?? 0);
  return matching.toSorted((one, other) => age(one) - age(other) || compareVersions(other, one)).slice(0, newest);
}

function uploadTimes(
  reference: Reference,
  listing: RepositoryListing,
  wanted: readonly string[],
): ReadonlyMap<string, number> {
  const manifests = manifestsOf(reference, listing, '--newest');
  const times = manifests.flatMap(({ tags, uploadedAt }) =>
    tags.map((tag): [string, number | undefined] => [tag, uploadedAt]),
  );
  const known = new Map(times.flatMap(([tag, time]) => (time === undefined ? [] : [[tag, time]])));
  if (wanted.every((tag) => known.has(tag))) return known;
  throw notTold(reference, '--newest');
}

function manifestsOf(reference: Reference, listing: RepositoryListing, option: string): readonly ListedManifest[] {
  if (listing.manifests !== undefined) return listing.manifests;
  // Nothing is there that could have been told of.
  if (listing.tags.length === 0) return [];
  throw notTold(reference, option);
}

function imageOf(
  reference: Reference,
  { tag, digest }: Version,
  { of, source, destinations }: Selection,
): ImageRequest {
  const below = of === 'repository' ? reference.path.slice(source.path.length) : '';
  return {
    source: new Reference(reference.host, reference.path, tag, digest),
    destinations: destinations.map(({ host, path }) => new Reference(host, `${path}${below}`, tag, digest)),
  };
}

/** An image that is named and selected as well is promoted once. */
function distinct(images: readonly ImageRequest[]): readonly ImageRequest[] {
  return [...new Map(images.map((image) => [`${image.source} ${image.destinations.join(' ')}`, image])).values()];
}

function notTold(reference: Reference, option: string): Fault {
  const what = option === '--newest' ? 'when a tag was uploaded' : 'manifests without a tag';
  return new Fault('USAGE', `source ${reference}: this registry does not tell ${what}, and ${option} needs it`, {
    hint: `leave ${option} out, or choose by --include and --exclude`,
  });
}

function nothingSelected({ source, of, filter }: Selection, repositories: readonly ListedRepository[]): Fault {
  const there = repositories.flatMap(({ listing }) => listing.tags).filter((tag) => !attachedTag.test(tag));
  const where = of === 'image' ? `source ${source}` : `source ${source} and below`;
  const filtered = filter.include.length + filter.exclude.length > 0 && there.length > 0;
  const message = filtered
    ? `${where}: none of ${there.length} tags is matched by --include and left by --exclude`
    : `${where}: there are no tags`;
  return new Fault('NOT_FOUND', message, { hint: `list what is there with: promote tags ${source}` });
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
