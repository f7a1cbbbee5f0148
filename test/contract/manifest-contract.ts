import { expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import type { Repository } from '../../src/oci/repository.ts';
import type { SeedContent } from '../fake/image-parts.ts';
import {
  dockerSchema2Image,
  dockerSchema2List,
  emptyConfigArtifact,
  multiPlatformIndex,
  nestedIndex,
  oddlyWrittenImage,
  singleImage,
  sixPlatforms,
} from '../fake/images.ts';
import { type ContractWorld, putAll, read, small } from './contract-world.ts';

/** What every ManifestStore and TagLister keeps to. */
export function manifestContract(world: () => ContractWorld): void {
  const kinds: readonly (readonly [string, SeedContent])[] = [
    ['an image', singleImage('contract', [small, 100])],
    ['an index', multiPlatformIndex('contract', sixPlatforms.slice(0, 3), 300)],
    ['a nested index', nestedIndex('contract')],
    ['an artifact with an empty config', emptyConfigArtifact('contract')],
    ['a Docker image', dockerSchema2Image('contract', [small])],
    ['a Docker list', dockerSchema2List('contract', sixPlatforms.slice(0, 2), 300)],
    ['S13 an image with odd white space and unknown fields', oddlyWrittenImage('contract')],
  ];

  it.each(kinds)('%s comes back by tag and by digest, byte for byte', async (kind, content) => {
    const repository = world().open(`kinds/${kind.replaceAll(' ', '-').toLowerCase()}`);
    await putAll(repository, content, 'v1');
    for (const reference of ['v1', content.root.digest]) {
      const manifest = await repository.get(reference);
      expect(Buffer.from(manifest?.bytes ?? []).equals(content.root.bytes)).toBe(true);
      expect(manifest?.mediaType).toBe(content.root.mediaType);
      expect(manifest?.digest).toBe(content.root.digest);
      expect(await repository.head(reference)).toBe(content.root.digest);
    }
  });

  it('what is not there is undefined, by tag and by digest', async () => {
    const repository = world().open('absent/image');
    const { digest } = singleImage('absent', [1]).root;
    expect(await repository.get('v1')).toBeUndefined();
    expect(await repository.get(digest)).toBeUndefined();
    expect(await repository.head('v1')).toBeUndefined();
    expect(await repository.head(digest)).toBeUndefined();
  });

  it('a manifest put by digest has no tag, and a tag can move to it', async () => {
    const repository = world().open('by-digest/image');
    const first = singleImage('by-digest 1', [small]);
    const second = singleImage('by-digest 2', [small]);
    await putAll(repository, first, 'v1');
    await putAll(repository, second, second.root.digest);
    expect(await repository.head('v1')).toBe(first.root.digest);
    await repository.put('v1', read(second.root));
    expect(await repository.head('v1')).toBe(second.root.digest);
    expect(await repository.head(first.root.digest)).toBe(first.root.digest);
  });

  it('a manifest whose children are not there is refused', async () => {
    const repository = world().open('childless/image');
    const content = singleImage('childless', [small]);
    await expect(repository.put('v1', read(content.root))).rejects.toMatchObject({ code: 'NOT_KEPT' });
    expect(await repository.head('v1')).toBeUndefined();
  });

  it('a manifest that is not what its digest says is a DIGEST_MISMATCH', async () => {
    const repository = world().open('spoilt/manifest');
    const content = singleImage('spoilt manifest', [small]);
    await putAll(repository, content, 'v1');
    await world().spoil('spoilt/manifest', content.root.digest, singleImage('another', [small]).root.bytes);
    await expect(repository.get(content.root.digest)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('lists every tag once, over all pages', async () => {
    const repository = world().open('tagged/image');
    const content = singleImage('tagged', [small]);
    const tags = ['a', 'b.1', 'c_2', 'latest', 'v1', 'v2', 'v3'];
    for (const tag of tags) await putAll(repository, content, tag);
    const listed = await listTags(repository);
    expect(listed.sort()).toEqual(tags);
    const { tags: ofListing, manifests } = await repository.listing();
    expect(ofListing.toSorted()).toEqual(tags);
    const tagged = manifests?.map(({ digest, tags: named }) => [digest, named.toSorted()]);
    expect(tagged ?? 'not told').toEqual(manifests === undefined ? 'not told' : [[content.root.digest, tags]]);
  });

  it('a listing tells what lies below, where the registry tells it', async () => {
    const content = singleImage('below', [small]);
    for (const path of ['above/image', 'above/team/api', 'above/team/web'])
      await putAll(world().open(path), content, 'v1');
    const listing = await world()
      .open('above')
      .listing()
      .catch((error: unknown) => error);
    if (listing instanceof Fault) expect(listing.code).toBe('NOT_FOUND');
    else expect(listing).toMatchObject({ tags: [], children: ['image', 'team'] });
  });

  it('the tags of a repository that is not there are NOT_FOUND', async () => {
    await expect(listTags(world().open('absent/tags'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(world().open('absent/tags').listing()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
}

async function listTags(repository: Repository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags()) tags.push(tag);
  return tags;
}
