import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { onwardUrl } from '../../src/http/onward.ts';
import { promote } from '../../src/promotion/promote.ts';
import { nextPage } from '../../src/registry/link.ts';
import { answer } from '../fake/exchange.ts';
import { instead } from '../fake/faults.ts';
import { descriptorOf, manifestOf, ociImage, ociIndex } from '../fake/image-parts.ts';
import { singleImage } from '../fake/images.ts';
import { runPromote, startPromote } from '../fake/process.ts';
import { seed } from '../fake/seeding.ts';
import { listen, openOrigins } from '../http/loopback.ts';
import { type LoopbackStage, startLoopbackStage } from '../process/loopback-stage.ts';
import { holds } from '../process/route.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { Simulation } from './simulation.ts';

const large = 'x'.repeat(70 * 1024);

describe('answers without an end', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  it.each([
    ['HEAD of a blob', { method: 'HEAD' }, undefined],
    ['POST of an upload', { method: 'POST' }, 'LIMIT_EXCEEDED'],
    ['PUT of a manifest', { method: 'PUT', target: /manifests/ }, 'LIMIT_EXCEEDED'],
    ['PUT of a small blob', { method: 'PUT', target: /uploads/ }, 'LIMIT_EXCEEDED'],
  ])('S33 an error of more than 64 KiB at the %s: exit 7 or 3, bounded', async (_what, rule, code) => {
    const route = stage.route(singleImage('large errors', [300]));
    stage.to.server.script.add({ ...rule, fault: instead(403, {}, large) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(code === undefined ? 3 : 7);
    expect(report.error?.code).toBe(code ?? 'DENIED');
    expect(JSON.stringify(report).length).toBeLessThan(5000);
  });

  it('S33 an error of more than 64 KiB at a layer of some MiB: exit 7', async () => {
    const route = stage.route(singleImage('large error at a layer', [2_000_000]));
    stage.from.server.script.add({ target: /artifacts-downloads/, fault: instead(403, {}, large) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error?.code).toBe('LIMIT_EXCEEDED');
  });

  it.each([
    ['larger than 64 KiB', `{"token":"${large}"}`, 'LIMIT_EXCEEDED'],
    ['without a token', '{}', 'PROTOCOL'],
    ['of nothing', '{"token":""}', 'PROTOCOL'],
    ['that is no JSON', '<html>', 'PROTOCOL'],
    ['that no header can hold', '{"token":"t\\r\\nx: y"}', 'PROTOCOL'],
  ])('S33 a token answer %s: exit 7', async (_what, body, code) => {
    const route = stage.route(singleImage('tokens', [300]));
    const { server, host } = stage.from;
    const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token",service="x",scope="y"` };
    server.script.add({ target: /^\/v2\//, fault: instead(401, challenge) });
    server.script.add({ target: /^\/token/, fault: instead(200, {}, body) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error?.code).toBe(code);
  });

  it('S33 headers larger than 64 KiB: exit 7', async () => {
    const route = stage.route(singleImage('large headers', [300]));
    stage.from.server.script.add({ target: /manifests/, fault: instead(200, { 'x-large': large }) });
    const { status, report } = await stage.promote(route, '--deadline=3s');
    expect(status).toBe(7);
    expect(report.error?.code).toMatch(/^(PROTOCOL|NETWORK)$/);
  });

  it('S33 a blob that is announced larger than its descriptor says: refused before its bytes are read', async () => {
    const content = singleImage('announced', [2_000_000]);
    const route = stage.route(content);
    const body = Buffer.alloc(40_000_000);
    stage.from.server.script.add({
      target: new RegExp(`/blobs/${content.blobs[1]?.digest}`),
      fault: async () => answer(200, {}, body),
    });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error?.code).toBe('SIZE_MISMATCH');
  });

  it('S33 more than 10,000 manifests in one image: a typed failure, nothing written', async () => {
    const world = new Simulation(['from.example', 'to.example'], 1, 3_600_000);
    const children = Array.from({ length: 10_001 }, (_, index) =>
      manifestOf(
        ociIndex,
        `{"schemaVersion":2,"mediaType":"${ociIndex}","manifests":[],"annotations":{"n":"${index}"}}`,
      ),
    );
    const manifests = children.map((child) => descriptorOf(child.mediaType, child));
    const root = manifestOf(ociIndex, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
    seed({ blobs: [], manifests: [...children, root], root }, world.registry('from.example').store, 'a/app', 'v1');
    const report = await promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
    expect(report).toMatchObject({ outcome: 'failed', images: [{ error: { code: 'LIMIT_EXCEEDED' } }] });
    expect(world.registry('to.example').store.at('b/app').tags.size).toBe(0);
  });

  it.each([
    ['2^53 bytes', '9007199254740992'],
    ['1e400 bytes', '1e400'],
    ['-0 bytes', '-0'],
  ])('S33 S31 a layer of %s: no crash, a typed failure or the truth', async (_what, size) => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const blob = `{"mediaType":"application/octet-stream","digest":"${digest}","size":${size}}`;
    const root = manifestOf(ociImage, `{"schemaVersion":2,"config":${blob},"layers":[]}`);
    const route = stage.route({ blobs: [], manifests: [root], root });
    const { status, report } = await stage.promote(route, '--deadline=3s');
    expect([4, 5, 7]).toContain(status);
    expect(report.error?.code).not.toBe('UNEXPECTED');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('S39 by %s while a Retry-After of minutes is waited for', async (signal) => {
    const route = stage.route(singleImage('waiting', [300]));
    const asked = Promise.withResolvers<void>();
    stage.to.server.script.add({
      method: 'HEAD',
      fault: (request, next) => {
        asked.resolve();
        return instead(429, { 'retry-after': '600' })(request, next);
      },
    });
    const run = startPromote([route.source, route.destination, '--format=json'], {});
    await asked.promise;
    const toldAt = performance.now();
    run.kill(signal);
    const { status, stdout } = await run.result;
    expect(status).toBe(signal === 'SIGTERM' ? 143 : 130);
    expect(performance.now() - toldAt).toBeLessThan(5000);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed', error: { code: signal } });
  });
});

describe('a Location', () => {
  it('S37 that is given twice: the first counts, as HTTP has it', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(202, ['Location', '/uploads/1', 'Location', 'https://elsewhere.example/2']).end();
    });
    const url = new URL(`http://127.0.0.1:${await listen(server)}/v2/`);
    const transport = new NetworkTransport(openOrigins(), new AbortController().signal);
    const { headers } = await transport.send({ method: 'POST', url, headers: {}, maxBytes: 1000 });
    expect(headers.location).toBe('/uploads/1');
  });

  it.each([
    ['/a/b?x=1', 'https://one.example/a/b?x=1'],
    ['c', 'https://one.example/v2/c'],
    ['?digest=z', 'https://one.example/v2/?digest=z'],
    ['//two.example/a', 'https://two.example/a'],
    ['https://two.example:8443/a#part', 'https://two.example:8443/a'],
  ])('S37 %j leads to %s', (location, wanted) => {
    expect(onwardUrl(new URL('https://one.example/v2/'), location, 'a Location').href).toBe(wanted);
  });

  it.each([
    ['http://one.example/a', 'REDIRECT_FORBIDDEN'],
    ['ftp://one.example/a', 'REDIRECT_FORBIDDEN'],
    ['file:///etc/passwd', 'REDIRECT_FORBIDDEN'],
    ['data:text/plain,x', 'REDIRECT_FORBIDDEN'],
    ['https://user:word@one.example/a', 'REDIRECT_FORBIDDEN'],
    ['https://[', 'PROTOCOL'],
    ['https://one.example:99999/', 'PROTOCOL'],
  ])('S37 S8 %j is refused', (location, code) => {
    expect(() => onwardUrl(new URL('https://one.example/v2/'), location, 'a Location')).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('S7 of the next page at another origin is refused, even over TLS', () => {
    const list = new URL('https://one.example/v2/a/tags/list');
    expect(nextPage(list, '</v2/a/tags/list?last=v1>; rel="next"')?.href).toBe(`${list}?last=v1`);
    expect(() => nextPage(list, '<https://two.example/v2/a/tags/list?last=v1>; rel="next"')).toThrow(
      expect.objectContaining({ code: 'REDIRECT_FORBIDDEN' }),
    );
  });

  it('S37 that has a digest in its query already: the upload ends under the right one', async () => {
    await using both = await startLoopbackStage().then((stage) =>
      Object.assign(stage, { [Symbol.asyncDispose]: () => stage.stop() }),
    );
    const content = singleImage('query', [300, 1_200_000]);
    const route = both.route(content);
    both.to.server.script.add({
      method: 'POST',
      fault: async (_request, next) => {
        const result = await next();
        const location = `${result.headers.location}?digest=sha256:${'0'.repeat(64)}&kept=a%2Fb`;
        return { ...result, headers: { ...result.headers, location } };
      },
    });
    const { status, stderr } = await runPromote([route.source, route.destination], {});
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(both.to.server.seen('PUT', /uploads/).every(({ target }) => target.includes('kept=a%2Fb'))).toBe(true);
  });
});
