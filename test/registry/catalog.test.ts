import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FollowingTransport } from '../../src/http/following-transport.ts';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { Origins } from '../../src/http/origins.ts';
import { parseReference, type Reference } from '../../src/oci/reference.ts';
import { Catalog } from '../../src/registry/catalog.ts';
import { RemoteRepository } from '../../src/registry/repository.ts';
import { OpenAccess } from '../fake/access.ts';
import { type Behaviour, googleBehaviour, plainBehaviour } from '../fake/behaviour.ts';
import { jsonAnswer } from '../fake/exchange.ts';
import { singleImage } from '../fake/images.ts';
import { noLimits } from '../fake/limits.ts';
import { type LoopbackRegistry, startLoopbackRegistry } from '../fake/registry.ts';
import { seed } from '../fake/seeding.ts';
import { notLists } from './not-lists.ts';

describe.each<[string, () => Behaviour]>([
  ['by what each tells of what lies below it', googleBehaviour],
  ['by the catalog of the registry', plainBehaviour],
])('repositories below a path, %s', (_manner, behaviour) => {
  let fake: LoopbackRegistry;
  let origins: Origins;
  const isGoogle = behaviour === googleBehaviour;

  beforeEach(async () => {
    fake = await startLoopbackRegistry(new OpenAccess(), behaviour());
    origins = new Origins(
      (host) => host === fake.host,
      () => '',
    );
  });
  afterEach(async () => {
    origins.close();
    await fake.server.stop();
  });

  function below(path: string) {
    const transport = new FollowingTransport(new NetworkTransport(origins, new AbortController().signal));
    const open = (reference: Reference) => new RemoteRepository(reference, transport, 'source', noLimits());
    return new Catalog(open, transport, 'source').below(parseReference(`${fake.host}/${path}`));
  }

  const found = async (path: string) =>
    (await below(path)).map(({ reference, listing }) => [reference.path, ...listing.tags].join(' ')).sort();

  function put(...paths: string[]): void {
    for (const path of paths) seed(singleImage(path, [10]), fake.registry.store, path, 'v1');
  }

  it('are all of them, at any depth, with the tags of each, and no others', async () => {
    put('p/apps/api', 'p/apps/team/web', 'p/apps/team/web/debug', 'p/apps-other/api', 'other/p/apps/x');
    const parents = isGoogle ? ['p/apps', 'p/apps/team'] : [];
    const images = ['p/apps/api v1', 'p/apps/team/web v1', 'p/apps/team/web/debug v1'];
    expect(await found('p/apps')).toEqual([...parents, ...images].sort());
  });

  it('begin with the path itself where that is one', async () => {
    put('p/apps', 'p/apps/api');
    expect(await found('p/apps')).toEqual(['p/apps v1', 'p/apps/api v1']);
    expect(fake.server.seen('GET', /p\/apps\/tags\/list/)).toHaveLength(1);
    expect(await found('p/apps/api')).toEqual(['p/apps/api v1']);
  });

  it('are found over all pages, each asked for once', async () => {
    const paths = Array.from({ length: 250 }, (_, index) => `p/apps/image-${index}`);
    put(...paths);
    const images = (await found('p/apps')).filter((line) => line.endsWith(' v1'));
    expect(images).toEqual(paths.map((path) => `${path} v1`).sort());
    const targets = fake.server.seen('GET', /tags\/list/).map(({ target }) => target);
    expect(new Set(targets).size).toBe(targets.length);
    expect(fake.server.seen('GET', /_catalog/)).toHaveLength(isGoogle ? 0 : 3);
  });

  it('are NOT_FOUND where nothing is there', async () => {
    put('p/apps/api');
    await expect(below('p/absent')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`source ${fake.host}/p/absent`),
    });
  });

  it('that vanish while they are listed are as good as empty', async () => {
    put('p/apps/api', 'p/apps/web');
    fake.server.script.add({
      target: /p\/apps\/web\/tags/,
      fault: async () => jsonAnswer(404, { errors: [{ code: 'NAME_UNKNOWN' }] }),
    });
    expect((await found('p/apps')).filter((line) => line.includes(' '))).toEqual(['p/apps/api v1']);
  });

  it.each(['../../etc', 'A', 'a b', 'x'.repeat(300)])('with the name %j are a breach of the protocol', async (name) => {
    put('p/apps/api');
    fake.server.script.add({
      target: isGoogle ? /p\/apps\/tags/ : /_catalog/,
      fault: async () => jsonAnswer(200, { tags: [], child: [name], repositories: [`p/apps/${name}`] }),
    });
    await expect(below('p/apps')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('without an end are refused', async () => {
    put('p/apps/api');
    const names = Array.from({ length: 100_001 }, (_, index) => `image-${index}`);
    fake.server.script.add({
      target: isGoogle ? /p\/apps\/tags/ : /_catalog/,
      fault: async () =>
        isGoogle
          ? jsonAnswer(200, { tags: [], child: names })
          : jsonAnswer(200, { repositories: [] }, { link: '</v2/_catalog?n=1000>; rel="next"' }),
    });
    await expect(below('p/apps')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  if (!isGoogle) {
    it.each(notLists)('are a breach of the protocol where a later page of them is %j', async (page) => {
      put('p/apps/api');
      const first = { repositories: ['p/apps/api'] };
      const link = { link: '</v2/_catalog?last=1>; rel="next"' };
      fake.server.script.add({ target: /_catalog\?n=/, fault: async () => jsonAnswer(200, first, link) });
      fake.server.script.add({ target: /_catalog\?last=/, fault: async () => jsonAnswer(200, page) });
      await expect(below('p/apps')).rejects.toMatchObject({ code: 'PROTOCOL' });
    });
  }

  if (isGoogle) {
    it('each of which has another below it are refused', async () => {
      fake.server.script.add({ target: /tags\/list/, fault: async () => jsonAnswer(200, { tags: [], child: ['a'] }) });
      await expect(below('p/apps')).rejects.toMatchObject({ code: 'PROTOCOL' });
    });
  }
});

describe('a registry without a catalog', () => {
  it('says of a path that holds no image what it said of the path', async () => {
    const fake = await startLoopbackRegistry(new OpenAccess(), plainBehaviour());
    const origins = new Origins(
      (host) => host === fake.host,
      () => '',
    );
    try {
      fake.server.script.add({ target: /_catalog/, fault: async () => jsonAnswer(401, { errors: [] }) });
      const transport = new FollowingTransport(new NetworkTransport(origins, new AbortController().signal));
      const open = (reference: Reference) => new RemoteRepository(reference, transport, 'source', noLimits());
      const below = new Catalog(open, transport, 'source').below(parseReference(`${fake.host}/p/apps`));
      await expect(below).rejects.toMatchObject({ code: 'NOT_FOUND' });
    } finally {
      origins.close();
      await fake.server.stop();
    }
  });
});
