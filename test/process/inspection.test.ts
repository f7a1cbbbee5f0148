import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { multiPlatformIndex, nestedIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { holds, type Route } from './route.ts';

describe('looking at what is there', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  const content = nestedIndex('inspected');
  const layer = content.blobs[1]?.digest ?? '';
  const child = content.manifests[0]?.digest ?? '';

  async function verified(route: Route, ...args: string[]) {
    const { status, stdout } = await runPromote(
      ['verify', route.source, route.destination, '--format=json', ...args],
      {},
    );
    for (const { server } of [stage.from, stage.to]) {
      expect(server.requests.every(({ method }) => method === 'GET' || method === 'HEAD')).toBe(true);
    }
    const found: unknown = JSON.parse(stdout);
    return { status, found };
  }

  async function promoted(): Promise<Route> {
    const route = stage.route(content);
    expect((await stage.promote(route)).status).toBe(0);
    stage.reset();
    return route;
  }

  it('verify: exit 0 for the same, the whole graph', async () => {
    const route = await promoted();
    for (const args of [[], ['--deep']]) {
      expect(await verified(route, ...args)).toEqual({
        status: 0,
        found: {
          source: route.source.replace(':v1', `@${content.root.digest}`),
          destination: route.destination,
          digest: content.root.digest,
          same: true,
          missing: [],
          different: [],
        },
      });
    }
  });

  it('verify: exit 5 where the destination tag stands at another digest', async () => {
    const route = await promoted();
    route.live.tags.set('v1', child);
    const { status, found } = await verified(route);
    expect(status).toBe(5);
    expect(found).toMatchObject({ same: false, missing: [], different: [expect.stringContaining(child)] });
  });

  it.each([
    ['the destination tag', ({ live }: Route) => live.tags.clear(), ':v1'],
    ['a blob below the destination', ({ live }: Route) => live.blobs.delete(layer), layer],
    ['a manifest below the destination', ({ live }: Route) => live.manifests.delete(child), child],
    ['the source', ({ tested }: Route) => tested.tags.clear(), ':v1'],
  ])('verify: exit 4 where %s is missing', async (_what, spoil, named) => {
    const route = await promoted();
    spoil(route);
    const { status, found } = await verified(route);
    expect(status).toBe(4);
    expect(found).toMatchObject({ same: false, missing: [expect.stringContaining(named)], different: [] });
  });

  it('verify --deep: exit 5 where a layer of the destination has other bytes', async () => {
    const route = await promoted();
    route.live.blobs.set(layer, Uint8Array.from(route.live.blobs.get(layer) ?? []).reverse());
    expect((await verified(route)).status).toBe(0);
    const { status, found } = await verified(route, '--deep');
    expect(status).toBe(5);
    expect(found).toMatchObject({ same: false, different: [expect.stringContaining(layer)] });
  });

  it('what verify says that mends it does: --repair what is missing, to delete the image what has other bytes', async () => {
    const route = await promoted();
    const verify = () => runPromote(['verify', route.source, route.destination, '--deep'], {});
    route.live.blobs.delete(layer);
    expect((await verify()).stderr).toMatch(new RegExp(`error NOT_FOUND: .*${layer} is missing\\n +hint: .*--repair`));
    await stage.promote(route, '--repair');
    expect(await verify()).toMatchObject({ status: 0, stderr: expect.not.stringContaining('error') });

    route.live.blobs.set(layer, Uint8Array.from(route.live.blobs.get(layer) ?? []).reverse());
    await stage.promote(route, '--repair');
    const { status, stderr } = await verify();
    expect(status).toBe(5);
    expect(stderr).toMatch(new RegExp(`error DIFFERENT: .*${layer}`));
    expect(stderr).toMatch(/hint: .*docker images delete HOST\/PATH@DIGEST --delete-tags.*promote again/);
    for (const kept of [route.live.blobs, route.live.manifests, route.live.tags]) kept.clear();
    await stage.promote(route);
    expect((await verify()).status).toBe(0);
  });

  it('digest: the digest alone, or all about it as JSON; exit 4 where there is none', async () => {
    const { source } = stage.route(content);
    expect(await runPromote(['digest', source], {})).toMatchObject({ status: 0, stdout: `${content.root.digest}\n` });
    const { stdout } = await runPromote(['digest', source, '--format=json'], {});
    expect(JSON.parse(stdout)).toEqual({
      reference: source,
      digest: content.root.digest,
      mediaType: content.root.mediaType,
      size: content.root.bytes.length,
    });
    const missing = await runPromote(['digest', source.replace(':v1', ':v2')], {});
    expect(missing).toMatchObject({ status: 4, stdout: '', stderr: expect.stringContaining('NOT_FOUND') });
  });

  it('tags: one a line from every page, or as JSON; exit 4 where there is no such repository', async () => {
    const route = stage.route(content);
    const names = Array.from({ length: 7 }, (_, index) => `v${index + 1}`);
    for (const name of names) route.tested.tags.set(name, content.root.digest);
    stage.from.registry.behaviour.tagPageSize = 2;
    const repository = route.source.replace(':v1', '');
    expect(await runPromote(['tags', repository], {})).toMatchObject({ status: 0, stdout: `${names.join('\n')}\n` });
    expect(stage.from.server.seen('GET', /tags\/list/)).toHaveLength(4);
    const { stdout } = await runPromote(['tags', repository, '--format=json'], {});
    const { digest } = content.root;
    const uploaded = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(JSON.parse(stdout)).toEqual({ repository, tags: names.map((tag) => ({ tag, digest, uploaded })) });
    const missing = await runPromote(['tags', `${stage.from.host}/no/such/repository`], {});
    expect(missing).toMatchObject({ status: 4, stdout: '' });
  });

  it('an unchanged tag says nothing of what lies below it; --repair fills what is missing there', async () => {
    const route = await promoted();
    route.live.blobs.delete(layer);
    route.live.manifests.delete(child);
    expect((await stage.promote(route)).report.outcome).toBe('unchanged');
    expect(holds(route.live, content, 'v1')).toBe(false);
    stage.reset();
    const { status, report } = await stage.promote(route, '--repair');
    expect(status).toBe(0);
    expect(report).toMatchObject({ outcome: 'promoted', blobs: { uploaded: 1, existing: content.blobs.length - 1 } });
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(stage.to.server.seen('PUT', /manifests\/v1$/)).toEqual([]);
  });

  it('--repair of what is whole writes nothing, and says unchanged', async () => {
    const whole = multiPlatformIndex('whole', sixPlatforms.slice(0, 2), 100);
    const route = stage.route(whole);
    await stage.promote(route);
    stage.reset();
    const { report } = await stage.promote(route, '--repair');
    expect(report).toMatchObject({ outcome: 'unchanged', images: [{ outcome: 'unchanged', verified: true }] });
    expect(stage.to.server.requests.every(({ method }) => method === 'GET' || method === 'HEAD')).toBe(true);
  });

  it('--repair of a single image whose layer is missing', async () => {
    const single = singleImage('mended', [200]);
    const route = stage.route(single);
    await stage.promote(route);
    route.live.blobs.delete(single.blobs[1]?.digest ?? '');
    const { status, report } = await stage.promote(route, '--repair');
    expect(status).toBe(0);
    expect(report.blobs.uploaded).toBe(1);
    expect(holds(route.live, single, 'v1')).toBe(true);
  });
});
