import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answer, type FakeRequest } from '../fake/exchange.ts';
import { beforehand, instead, withHeaders } from '../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage, us } from './google-stage.ts';
import { holds, promote } from './route.ts';

const storage = 'storage.googleapis.com';

describe("the build's access token", () => {
  let stage: GoogleStage;
  const downloads = new Map<string, Uint8Array>();

  beforeAll(async () => {
    const bucket = {
      handle: async ({ path }: FakeRequest) => answer(200, {}, downloads.get(path) ?? Buffer.from('?')),
    };
    stage = await startGoogleStage(new Map([[storage, bucket]]));
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  const authorized = () => stage.world.server.requests.filter(({ headers }) => 'authorization' in headers);
  const tokensGiven = () => stage.world.metadata.server.seen('GET', /\/token$/).length;

  it('is asked for once, past every proxy, and goes to the registries', async () => {
    const route = stage.route(singleImage('proxy', [300]), europe);
    const { status } = await promote([route.source, route.destination], {
      ...stage.world.environment,
      HTTP_PROXY: stage.world.environment.HTTPS_PROXY ?? '',
      http_proxy: stage.world.environment.HTTPS_PROXY ?? '',
    });
    expect(status).toBe(0);
    expect(tokensGiven()).toBe(1);
    expect(stage.world.proxy.others).toEqual([]);
    expect(stage.world.proxy.connects.toSorted()).toEqual([`${europe}:443`, `${us}:443`]);
    const { token } = stage.world.metadata.metadata;
    expect(new Set(authorized().map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${token}`]));
    expect(new Set(authorized().map(({ host }) => host))).toEqual(new Set([us, europe]));
  });

  it("S7 stays behind when a download redirects to Google's storage, which is reached", async () => {
    const content = singleImage('storage', [2_000_000, 300]);
    const route = stage.route(content, europe);
    for (const { digest, bytes } of content.blobs) {
      downloads.set(`/bucket/${digest}`, bytes);
      const fault = instead(302, { location: `https://${storage}/bucket/${digest}` });
      stage.world.server.script.add({ method: 'GET', target: new RegExp(`/blobs/${digest}`), fault });
    }
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    const atStorage = stage.world.server.requests.filter(({ host }) => host === storage);
    expect(atStorage).toHaveLength(content.blobs.length);
    expect(authorized().filter(({ host }) => host === storage)).toEqual([]);
  });

  it('S7 stays behind when a download redirects to another registry of Google, although that one is named too', async () => {
    const content = singleImage('another registry', [2_000_000, 300]);
    const route = stage.route(content, europe);
    const { script } = stage.world.server;
    for (const { digest, bytes } of content.blobs) {
      const location = `https://${europe}/elsewhere/${digest}`;
      script.add({
        method: 'GET',
        host: us,
        target: new RegExp(`/blobs/${digest}`),
        fault: instead(302, { location }),
      });
      script.add({ target: new RegExp(`/elsewhere/${digest}`), fault: async () => answer(200, {}, bytes) });
    }
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    const elsewhere = stage.world.server.seen('GET', /^\/elsewhere\//);
    expect(elsewhere).toHaveLength(content.blobs.length);
    expect(elsewhere.filter(({ headers }) => 'authorization' in headers)).toEqual([]);
  });

  it.each([
    ['redirect of a download', { method: 'GET', target: /\/blobs\// }, 302],
    ['Location of an upload', { method: 'POST', target: /\/blobs\/uploads\// }, 202],
  ])(
    'S7 S9 does not follow a %s to a host that nobody named: no connection behind a proxy',
    async (_what, rule, code) => {
      const route = stage.route(singleImage(`elsewhere ${code}`, [300]), europe);
      const fault = instead(code, { location: 'https://registry.example/take' });
      stage.world.server.script.add({ ...rule, fault });
      const { status, report } = await stage.promote(route);
      expect(status).toBe(7);
      expect(report.error).toMatchObject({
        code: 'REDIRECT_FORBIDDEN',
        message: expect.stringContaining('registry.example'),
      });
      expect(stage.world.proxy.connects.filter((authority) => authority.startsWith('registry.example'))).toEqual([]);
      expect(route.live.tags.size).toBe(0);
    },
  );

  it('S7 does not follow a Link to another host', async () => {
    const route = stage.route(singleImage('link', [10]));
    const fault = withHeaders({ link: `<https://${europe}/v2/${route.sourceKey}/app/tags/list?last=v1>; rel="next"` });
    stage.world.server.script.add({ host: us, target: /\/tags\/list/, fault });
    const { status, stderr } = await runPromote(['tags', route.source.replace(':v1', '')], stage.world.environment);
    expect(status).toBe(7);
    expect(stderr).toContain('REDIRECT_FORBIDDEN');
    expect(stage.world.server.requests.map(({ host }) => host)).toEqual([us]);
  });

  it('S7 is not offered to a token realm: a 401 that another token does not mend ends with exit 3', async () => {
    const route = stage.route(singleImage('realm', [10]));
    const fault = instead(401, { 'www-authenticate': 'Bearer realm="https://registry.example/token",service="x"' });
    stage.world.server.script.add({ host: us, fault });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(3);
    expect(report.error?.code).toBe('UNAUTHENTICATED');
    expect(stage.world.proxy.connects).toEqual([`${us}:443`]);
    expect(tokensGiven()).toBe(2);
  });

  it('S22 is renewed once for all who got a 401 after it ended', async () => {
    const content = multiPlatformIndex('renewed', sixPlatforms, 400);
    const route = stage.route(content);
    const { metadata } = stage.world.metadata;
    const rotate = beforehand(() => stage.world.iam.revoke(metadata.rotate()));
    stage.world.server.script.add({ method: 'POST', target: /mount=/, nth: [1], fault: rotate });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(stage.world.server.requests.filter((request) => request.status === 401).length).toBeGreaterThan(1);
    expect(tokensGiven()).toBe(2);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S22 is renewed in the middle of an upload of some MiB', async () => {
    const content = singleImage('renewed in an upload', [3_000_000]);
    const route = stage.route(content, europe);
    const { metadata } = stage.world.metadata;
    const rotate = beforehand(() => stage.world.iam.revoke(metadata.rotate()));
    stage.world.server.script.add({ method: 'PUT', target: /uploads/, nth: [1], fault: rotate });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('with little life left is used until it ends, and not asked for again at every request', async () => {
    const route = stage.route(multiPlatformIndex('short', sixPlatforms, 400));
    stage.world.metadata.metadata.expiresIn = 9;
    const { status } = await stage.promote(route);
    stage.world.metadata.metadata.expiresIn = 3599;
    expect(status).toBe(0);
    expect(tokensGiven()).toBe(1);
  });

  it('that no header can hold is exit 7 at once', async () => {
    const route = stage.route(singleImage('token of two lines', [10]));
    const body = JSON.stringify({ access_token: 'one\r\nx: two', expires_in: 3599, token_type: 'Bearer' });
    stage.world.metadata.server.script.add({
      target: /token/,
      fault: instead(200, { 'metadata-flavor': 'Google', 'content-type': 'application/json' }, body),
    });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error?.code).toBe('PROTOCOL');
    expect(stage.world.server.requests).toEqual([]);
  });

  it('that cannot be had is exit 3, with what to do outside Google Cloud', async () => {
    const route = stage.route(singleImage('no token', [10]));
    const fault = instead(404, { 'metadata-flavor': 'Google' }, 'not found');
    stage.world.metadata.server.script.add({ target: /token/, fault });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(3);
    expect(report.error).toMatchObject({
      code: 'UNAUTHENTICATED',
      hint: expect.stringContaining('gcloud auth application-default login'),
    });
    expect(stage.world.server.requests).toEqual([]);
  });
});
