import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference, type Reference } from '../../src/oci/reference.ts';
import type { ListedRepository } from '../../src/oci/repository.ts';
import type { PromotionPolicy, Selection, SelectionFilter } from '../../src/promotion/request.ts';
import { selectImages } from '../../src/promotion/select.ts';
import { attachedArtifact, singleImage } from '../fake/images.ts';
import { altered } from '../fake/memory-repository.ts';
import type { StoredRepository } from '../fake/store.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const host = 'registry.example';
const all: SelectionFilter = { include: [], exclude: [], newest: undefined, untagged: false };

/** Registries in memory that tell as little as the protocol asks for, or all that Artifact Registry does. */
class ListingWorld extends MemoryWorld {
  tells: 'everything' | 'no times' | 'tags' = 'everything';

  override open(reference: Reference) {
    const inner = super.open(reference);
    if (this.tells === 'everything') return inner;
    return altered(inner, {
      listing: async () => {
        const { tags, manifests } = await inner.listing();
        const untimed = manifests?.map((manifest) => ({ ...manifest, uploadedAt: undefined }));
        return { tags, manifests: this.tells === 'tags' ? undefined : untimed, children: undefined };
      },
    });
  }

  override async repositories(prefix: Reference): Promise<readonly ListedRepository[]> {
    const paths = [...this.registry(prefix.host).store.repositories.keys()];
    const within = paths.filter((path) => path === prefix.path || path.startsWith(`${prefix.path}/`));
    return Promise.all(
      within.reverse().map(async (path) => {
        const reference = parseReference(`${prefix.host}/${path}`);
        return { reference, listing: await this.open(reference).listing() };
      }),
    );
  }
}

describe('what is selected', () => {
  let world: ListingWorld;
  let api: StoredRepository;
  let policy: Partial<PromotionPolicy>;

  beforeEach(() => {
    policy = {};
    world = new ListingWorld();
    api = world.registry(host).store.at('staging/apps/api');
  });

  /** @param uploaded milliseconds since 1970 */
  function put(repository: StoredRepository, content: string, uploaded: number, ...tags: string[]): string {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes, 'sha256');
    repository.manifests.set(digest, { bytes, mediaType: 'application/json', uploaded });
    for (const tag of tags) repository.tags.set(tag, digest);
    return digest;
  }

  async function select(of: Selection['of'], path: string, filter: Partial<SelectionFilter>, ...to: string[]) {
    const selection: Selection = {
      of,
      source: parseReference(`${host}/${path}`),
      destinations: to.map(parseReference),
      filter: { ...all, ...filter },
    };
    const images = await selectImages({ ...requestOf([], policy), selections: [selection] }, world);
    return images.map(({ source, destinations }) => `${source} → ${destinations.join(' ')}`.replaceAll(`${host}/`, ''));
  }

  const tagsOf = async (filter: Partial<SelectionFilter>) =>
    (await select('image', 'staging/apps/api', filter, `${host}/prod/api`)).map(
      (line) => /:([^ :]+) → prod\/api:\1$/.exec(line)?.[1] ?? line,
    );

  it('is every tag of an image, for every destination', async () => {
    put(api, 'one', 1, 'v1', 'latest');
    put(api, 'two', 2, 'v2');
    expect(await select('image', 'staging/apps/api', {}, `${host}/prod/api`, 'eu.example/p/api2')).toEqual([
      'staging/apps/api:latest → prod/api:latest eu.example/p/api2:latest',
      'staging/apps/api:v1 → prod/api:v1 eu.example/p/api2:v1',
      'staging/apps/api:v2 → prod/api:v2 eu.example/p/api2:v2',
    ]);
  });

  it('is what --include matches and --exclude does not, and never what is attached', async () => {
    const digest = put(api, 'one', 1, 'v1', 'v2', 'v2-rc1', 'r1', 'latest').replace(':', '-');
    put(api, 'signature', 1, `${digest}.sig`, `${digest}.att`, `${digest}.sbom`, digest, 'sha256-abc');
    expect(await tagsOf({})).toEqual(['latest', 'r1', 'sha256-abc', 'v1', 'v2', 'v2-rc1']);
    expect(await tagsOf({ include: ['v*', 'r?'] })).toEqual(['r1', 'v1', 'v2', 'v2-rc1']);
    expect(await tagsOf({ exclude: ['*-rc*', 'sha*'] })).toEqual(['latest', 'r1', 'v1', 'v2']);
    expect(await tagsOf({ include: ['v*'], exclude: ['*-rc*'] })).toEqual(['v1', 'v2']);
    await expect(tagsOf({ include: ['sha256-?????????????????*'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is the newest by upload time, of what the globs let through; of one manifest the greater version first', async () => {
    put(api, 'old', 10, 'v9', 'v10');
    put(api, 'new', 30, 'v1', 'latest');
    put(api, 'middle', 20, 'v2');
    expect(await tagsOf({ newest: 3 })).toEqual(['v1', 'latest', 'v2']);
    expect(await tagsOf({ newest: 3, include: ['v*'] })).toEqual(['v1', 'v2', 'v10']);
    expect(await tagsOf({ newest: 100 })).toHaveLength(5);
  });

  it('adds manifests without a tag by their digest', async () => {
    put(api, 'one', 1, 'v1');
    const bare = put(api, 'two', 2);
    expect(await select('image', 'staging/apps/api', { untagged: true, newest: 1 }, `${host}/prod/api`)).toEqual([
      'staging/apps/api:v1 → prod/api:v1',
      `staging/apps/api@${bare} → prod/api@${bare}`,
    ]);
  });

  it('leaves manifests with a subject behind where what is attached stays', async () => {
    put(api, 'one', 1, 'v1');
    const bare = put(api, 'two', 2);
    const { root } = attachedArtifact('signature', singleImage('signed', [10]).root);
    api.putManifest(root.digest, root.mediaType, root.bytes);
    const chosen = () => select('image', 'staging/apps/api', { untagged: true }, `${host}/prod/api`);
    expect(await chosen()).toHaveLength(3);
    policy = { attached: 'leave' };
    expect(await chosen()).toEqual([
      'staging/apps/api:v1 → prod/api:v1',
      `staging/apps/api@${bare} → prod/api@${bare}`,
    ]);
  });

  it('is every image below a repository, what follows its path appended', async () => {
    put(api, 'one', 1, 'v1');
    put(world.registry(host).store.at('staging/apps/team/web'), 'two', 2, 'v2');
    put(world.registry(host).store.at('staging/apps'), 'three', 3, 'v3');
    put(world.registry(host).store.at('staging/apps-other'), 'four', 4, 'v4');
    expect(await select('repository', 'staging/apps', {}, `${host}/prod/x`, 'eu.example/y')).toEqual([
      'staging/apps:v3 → prod/x:v3 eu.example/y:v3',
      'staging/apps/api:v1 → prod/x/api:v1 eu.example/y/api:v1',
      'staging/apps/team/web:v2 → prod/x/team/web:v2 eu.example/y/team/web:v2',
    ]);
    expect(world.events).toEqual([{ type: 'selected', source: `${host}/staging/apps`, images: 3, repositories: 3 }]);
  });

  it('comes after the images that are named, each once', async () => {
    put(api, 'one', 1, 'v1', 'v2');
    const named = [`${host}/staging/apps/api:v2`, `${host}/prod/api:v2`];
    const selection: Selection = {
      of: 'image',
      source: parseReference(`${host}/staging/apps/api`),
      destinations: [parseReference(`${host}/prod/api`)],
      filter: all,
    };
    const images = await selectImages({ ...requestOf([named]), selections: [selection] }, world);
    expect(images.map(({ source }) => source.tag)).toEqual(['v2', 'v1']);
  });

  it.each([
    ['no tag matches', { include: ['x*'] }, 'none of 2 tags is matched by --include and left by --exclude'],
    ['every tag is left out', { exclude: ['*'] }, 'none of 2 tags'],
  ])('is an error where %s', async (_what, filter, text) => {
    put(api, 'one', 1, 'v1', 'v2');
    const fault: unknown = await tagsOf(filter).catch((error: unknown) => error);
    if (!(fault instanceof Fault)) throw new Error('something was selected');
    expect(fault.code).toBe('NOT_FOUND');
    expect(fault.message).toContain(text);
    expect(fault.message).toContain(`source ${host}/staging/apps/api`);
  });

  it('is an error where there is nothing at all', async () => {
    put(world.registry(host).store.at('staging/apps/api'), 'untagged', 1);
    await expect(tagsOf({})).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('no tags') });
    await expect(select('image', 'staging/absent', {}, `${host}/p`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(['newest', 'untagged'] as const)(
    'is refused by --%s where the registry tells the tags alone',
    async (name) => {
      world.tells = 'tags';
      put(api, 'one', 1, 'v1');
      const filter = name === 'newest' ? { newest: 1 } : { untagged: true };
      await expect(tagsOf(filter)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(`--${name}`),
      });
      expect(await tagsOf({ include: ['v*'] })).toEqual(['v1']);
    },
  );

  it('is refused by --newest where the registry tells no upload times', async () => {
    world.tells = 'no times';
    put(api, 'one', 1, 'v1');
    await expect(tagsOf({ newest: 1 })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await tagsOf({ untagged: true })).toEqual(['v1']);
  });
});
