import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answer } from '../fake/exchange.ts';
import { abortedAfter, heldUntil, instead, lostAnswer, resetAfter, resetRequestAfter } from '../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { holds, promote } from './route.ts';

describe('a registry or a network that fails in passing', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  const servers = () => [stage.from.server, stage.to.server];

  it.each([
    ['GET', 500],
    ['HEAD', 502],
    ['POST', 503],
    ['PUT', 504],
  ])('S20 %s answered %i: tried again, the same digest in the end', async (method, status) => {
    const content = singleImage(`passing ${method}`, [300, 1_500_000]);
    const route = stage.route(content);
    for (const { script } of servers()) script.add({ method, nth: [1, 3], fault: instead(status) });
    const result = await stage.promote(route);
    expect(result.status).toBe(0);
    // A small request says it so, a whole attempt at a layer in the words of its refusal.
    expect(result.stderr).toMatch(new RegExp(`HTTP ${status}|answered ${status}`));
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S20 gives up within the tries when a registry keeps failing: exit 7', async () => {
    const route = stage.route(singleImage('keeps failing', [300]));
    stage.from.server.script.add({ fault: instead(500, {}, 'out of order') });
    const { status, report } = await stage.promote(route, '--deadline', '3s');
    expect(status).toBe(7);
    expect(report.error?.code).toMatch(/^(REGISTRY_FAILED|DEADLINE)$/);
    expect(stage.from.server.requests.length).toBeLessThanOrEqual(6);
  });

  it.each([429, 503])(
    'S21 %i with Retry-After: waits that long, asks nothing meanwhile, and goes on',
    async (throttled) => {
      const content = singleImage(`throttled ${throttled}`, [300]);
      const route = stage.route(content);
      const times: number[] = [];
      stage.to.server.onRequest = () => times.push(performance.now());
      const fault = instead(throttled, { 'retry-after': '1' });
      stage.to.server.script.add({ method: 'HEAD', target: /blobs/, nth: [1], fault });
      const { status } = await stage.promote(route);
      expect(status).toBe(0);
      expect(Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)))).toBeGreaterThan(950);
      expect(holds(route.live, content, 'v1')).toBe(true);
    },
  );

  it('S21 a Retry-After that ends past the deadline fails at once: exit 7, with the seconds', async () => {
    const route = stage.route(singleImage('too long', [300]));
    stage.from.server.script.add({ fault: instead(429, { 'retry-after': '3600' }) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error).toMatchObject({ code: 'THROTTLED', message: expect.stringContaining('3600 s') });
    expect(report.durationMs).toBeLessThan(5000);
    expect(stage.from.server.requests).toHaveLength(1);
  });

  it.each([
    ['the first byte', resetAfter(0)],
    ['a middle byte', resetAfter(700_000)],
    ['the last byte', resetAfter(1_500_000)],
    ['a middle byte, by the stream alone', abortedAfter(700_000)],
  ])('S16 a download reset at %s: tried again', async (what, fault) => {
    const content = singleImage(`download ${what}`, [1_500_000]);
    const route = stage.route(content);
    stage.from.server.script.add({ method: 'GET', target: /artifacts-downloads/, nth: [1, 2], fault });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S16 an upload reset in the middle: tried again in a new session', async () => {
    const content = singleImage('upload reset', [1_500_000]);
    const route = stage.route(content);
    stage.to.server.script.add({ method: 'PUT', target: /uploads/, nth: [1, 2], fault: resetRequestAfter(200) });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(stage.to.server.seen('POST', /uploads/).length).toBeGreaterThan(2);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it("S18 a commit's answer that is lost: the blob is there, and is not sent again", async () => {
    const content = singleImage('lost answer', [1_500_000]);
    const route = stage.route(content);
    const large = content.blobs[1]?.digest ?? '';
    stage.to.server.script.add({ method: 'PUT', target: new RegExp(encodeURIComponent(large)), fault: lostAnswer() });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(stage.to.server.seen('PUT', new RegExp(encodeURIComponent(large)))).toHaveLength(1);
    expect(report.blobs.uploaded).toBe(2);
  });

  it.each([404, 416])('S19 an upload session that is answered %i: another one', async (lost) => {
    const content = singleImage(`session ${lost}`, [300]);
    const route = stage.route(content);
    stage.to.server.script.add({ method: 'PUT', target: /uploads/, nth: [1], fault: instead(lost) });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S26 the answer of every third request lost: the same digest in the end', async () => {
    const content = multiPlatformIndex('every third', sixPlatforms.slice(0, 2), 300);
    const route = stage.route(content);
    const nth = Array.from({ length: 40 }, (_, index) => 3 * index + 1);
    for (const { script } of servers()) script.add({ nth, fault: lostAnswer() });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('ends at its deadline: exit 7, with a hint, no tag', async () => {
    const route = stage.route(singleImage('deadline', [300]));
    const release = Promise.withResolvers<void>();
    stage.to.server.script.add({ method: 'PUT', fault: heldUntil(release.promise) });
    const { status, report } = await stage.promote(route, '--deadline', '1s');
    release.resolve();
    expect(status).toBe(7);
    expect(report.error).toMatchObject({ code: 'DEADLINE', hint: expect.stringContaining('--deadline') });
    expect(report.durationMs).toBeGreaterThan(900);
    expect(route.live.tags.size).toBe(0);
  });

  it('a host that does not exist: exit 7, with what to look at', async () => {
    const route = stage.route(singleImage('unknown host', [300]));
    const { status, report } = await promote(['registry.invalid/a/b/c:v1', route.destination, '--deadline', '1s'], {});
    expect(status).toBe(7);
    expect(report.error).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('registry.invalid'),
      hint: expect.stringContaining('registry.invalid'),
    });
  });

  it('S33 redirects without an end: exit 7, after few', async () => {
    const route = stage.route(singleImage('loop', [300]));
    stage.from.server.script.add({ fault: async ({ target }) => answer(307, { location: `${target}x` }) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error).toMatchObject({ code: 'LIMIT_EXCEEDED', hint: expect.stringContaining('at the host') });
    expect(stage.from.server.requests.length).toBeLessThanOrEqual(6);
  });

  it.each([
    ['S8 to http on another origin', () => `http://${stage.to.host}/elsewhere`],
    ['S9 to a loopback address', () => `https://${stage.to.host}/elsewhere`],
    ['S9 to a name of a loopback address', () => `https://localhost:${stage.to.host.split(':')[1]}/elsewhere`],
    ['S9 to the metadata server', () => 'https://169.254.169.254/computeMetadata/v1/'],
    ['S9 to a private address in another notation', () => 'https://[::ffff:10.0.0.1]/elsewhere'],
  ])('a redirect %s: exit 7, no connection', async (_what, location) => {
    const unused = `${stage.from.host}/live/elsewhere/app:v1`;
    const connections = stage.to.server.connections;
    stage.from.server.script.add({ target: /tested/, fault: instead(302, { location: location() }) });
    const route = stage.route(singleImage('redirect', [300]));
    const { status, report } = await promote([route.source, unused], {});
    expect(status).toBe(7);
    expect(report.error?.code).toBe('REDIRECT_FORBIDDEN');
    expect(stage.to.server.connections).toBe(connections);
  });

  it('a login page of a proxy where a manifest was asked for: exit 7, with what to look at', async () => {
    const route = stage.route(singleImage('login page', [300]));
    const page = instead(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>please log in</html>');
    stage.from.server.script.add({ target: /manifests/, fault: page });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('text/html'),
      hint: expect.stringContaining('proxy'),
    });
  });

  it('S33 pages of tags that do not end: exit 7', async () => {
    const { from } = stage;
    const link = `</v2/tested/x/app/tags/list?last=v1>; rel="next"`;
    from.server.script.add({ target: /tags\/list/, fault: instead(200, { link }, '{"tags":["v1"]}') });
    const { status, stderr } = await runPromote(['tags', `${from.host}/tested/x/app`], {});
    expect(status).toBe(7);
    expect(stderr).toContain('LIMIT_EXCEEDED');
  });
});
