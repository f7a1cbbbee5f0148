import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { abortedAfter, afterwards, instead, lostAnswer, resetAfter } from '../fake/faults.ts';
import { multiPlatformIndex, sixPlatforms } from '../fake/images.ts';
import { europe, type GoogleStage, startGoogleStage } from './google-stage.ts';
import { holds, promote } from './route.ts';

describe('one HTTP/2 connection a host that fails in passing', () => {
  let stage: GoogleStage;
  const content = multiPlatformIndex('http2', sixPlatforms, 300);

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  it.each([
    ['the connection drops before an answer', 'GET', lostAnswer()],
    ['the connection drops in the middle of an answer', 'GET', resetAfter(100)],
    ['a stream is reset', 'GET', abortedAfter(100)],
    ['the connection drops at a PUT', 'PUT', lostAnswer()],
  ])('S26 %s: the same digest in the end', async (_what, method, fault) => {
    const route = stage.route(content, europe);
    stage.world.server.script.add({ method, nth: [4, 9], fault });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S26 the server takes no new requests on it (GOAWAY): goes on over another one', async () => {
    const route = stage.route(content, europe);
    const { server } = stage.world;
    server.script.add({ method: 'HEAD', nth: [3], fault: afterwards(() => server.goAway()) });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBeGreaterThan(2);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S20 S21 a host that answers 429 and 500 now and then', async () => {
    const route = stage.route(content, europe);
    stage.world.server.script.add({ nth: [5, 12], fault: instead(429, { 'retry-after': '0' }) });
    stage.world.server.script.add({ nth: [8, 20, 31], fault: instead(500) });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('exits with 7 for a host that the proxy does not reach', async () => {
    const { source } = stage.route(content);
    const { status, report } = await promote([source, 'asia-east1-docker.pkg.dev/p/r/app:v1', '--deadline=1s'], {
      ...stage.world.environment,
    });
    expect(status).toBe(7);
    expect(report.error?.message).toContain('asia-east1-docker.pkg.dev');
  });

  it('exits with 7 where the certificate is not trusted, with the variable that names an authority', async () => {
    const { source, destination } = stage.route(content);
    const { NODE_EXTRA_CA_CERTS: _unused, ...environment } = stage.world.environment;
    const { status, report } = await promote([source, destination, '--deadline=2s'], environment);
    expect(status).toBe(7);
    expect(report.error).toMatchObject({ hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
    expect(stage.world.server.requests).toEqual([]);
  });
});
