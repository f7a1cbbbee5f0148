import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RemoteRegistry } from '../contract/remote.ts';
import { OpenAccess } from '../fake/access.ts';
import { googleBehaviour } from '../fake/behaviour.ts';
import { jsonAnswer } from '../fake/exchange.ts';
import { type LoopbackRegistry, startLoopbackRegistry } from '../fake/registry.ts';
import { notLists } from './not-lists.ts';

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha512:${'2'.repeat(128)}`;

describe('what a list of tags tells', () => {
  let fake: LoopbackRegistry;
  let registry: RemoteRegistry;

  beforeAll(async () => {
    fake = await startLoopbackRegistry(new OpenAccess(), googleBehaviour());
    registry = new RemoteRegistry(fake.host);
  });
  beforeEach(() => fake.server.script.clear());
  afterAll(async () => {
    registry.close();
    await fake.server.stop();
  });

  function answers(...pages: readonly unknown[]): void {
    for (const [index, page] of pages.entries()) {
      const link = { link: `</v2/p/tags/list?last=${index}>; rel="next"` };
      const headers = index === pages.length - 1 ? {} : link;
      fake.server.script.add({ nth: [index + 1], fault: async () => jsonAnswer(200, page, headers) });
    }
  }

  const listing = () => registry.open('p').listing();

  it('is joined over all pages, each name once', async () => {
    answers(
      { tags: ['a', 'b'], child: ['x'], manifest: { [one]: { tag: ['a'], timeUploadedMs: '1700000000000' } } },
      { tags: null, child: null, manifest: null },
      {
        tags: ['b', 'c'],
        child: ['x', 'y'],
        manifest: { [one]: { tag: ['a', 'b'], timeUploadedMs: '1700000000000' }, [two]: {} },
      },
    );
    expect(await listing()).toEqual({
      tags: ['a', 'b', 'c'],
      manifests: [
        { digest: one, tags: ['a', 'b'], uploadedAt: 1_700_000_000_000 },
        { digest: two, tags: [], uploadedAt: undefined },
      ],
      children: ['x', 'y'],
    });
  });

  it('keeps the tags of a manifest that one page tells and another does not', async () => {
    answers({ tags: ['a'], manifest: { [one]: { tag: ['a'] } } }, { tags: ['b'], manifest: { [one]: { tag: ['b'] } } });
    expect((await listing()).manifests).toEqual([{ digest: one, tags: ['a', 'b'], uploadedAt: undefined }]);
  });

  it('is no more than tags where the registry tells no more', async () => {
    answers({ name: 'p', tags: null });
    expect(await listing()).toEqual({ tags: [], manifests: undefined, children: undefined });
  });

  it.each([
    ['a tag', { tags: ['-v1'] }],
    ['a tag of a manifest', { tags: [], manifest: { [one]: { tag: ['a b'] } } }],
    ['a digest', { tags: [], manifest: { 'sha256:12': { tag: [] } } }],
    ['a child', { tags: [], child: ['..'] }],
    ['an upload time', { tags: [], manifest: { [one]: { timeUploadedMs: 'yesterday' } } }],
    ['an upload time that no date has', { tags: [], manifest: { [one]: { timeUploadedMs: '8640000000000001' } } }],
    ['the list', { tags: 'v1' }],
  ])('is a breach of the protocol where %s is malformed', async (_what, page) => {
    answers(page);
    await expect(listing()).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it.each(notLists)('is a breach of the protocol where a later page is %j, which lists nothing', async (page) => {
    answers({ tags: ['a'] }, page);
    await expect(listing()).rejects.toMatchObject({ code: 'PROTOCOL' });
    fake.server.script.clear();
    answers({ tags: ['a'] }, page);
    await expect(Array.fromAsync(registry.open('p').tags())).rejects.toMatchObject({ code: 'PROTOCOL' });
  });
});
