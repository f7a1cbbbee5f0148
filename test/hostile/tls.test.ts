import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { abortedAfter, afterwards, heldUntil, instead, lostAnswer, resetAfter, streamReset } from '../fake/faults.ts';
import { multiPlatformIndex, sixPlatforms } from '../fake/images.ts';
import type { Rule } from '../fake/script.ts';
import type { ApplicationProtocol } from '../fake/server.ts';
import { europe, type GoogleStage, startGoogleStage, us } from '../process/google-stage.ts';
import { holds, type Route } from '../process/route.ts';

const protocols: readonly (readonly ApplicationProtocol[])[] = [['h2', 'http/1.1'], ['http/1.1']];
const content = multiPlatformIndex('over TLS', sixPlatforms.slice(0, 3), 1_200_000);
const manifests = { method: 'GET', target: /manifests\/sha256/ };
const passing: readonly [string, Rule][] = [
  ['S16 downloads that break', { target: /artifacts-downloads/, nth: [2, 4], fault: resetAfter(500_000) }],
  ['S16 downloads whose stream breaks', { target: /artifacts-downloads/, nth: [2, 4], fault: abortedAfter(500_000) }],
  ['S18 commits whose answer is lost', { method: 'PUT', target: /uploads/, nth: [1, 3], fault: lostAnswer() }],
  ['S19 upload sessions that are gone', { method: 'PUT', target: /uploads/, nth: [1, 2], fault: instead(404) }],
  ['S20 POSTs answered 503', { method: 'POST', nth: [1, 3], fault: instead(503) }],
  ['S21 a 429 at a manifest', { ...manifests, nth: [2], fault: instead(429, { 'retry-after': '1' }) }],
  ['S26 a stream that is refused (REFUSED_STREAM)', { ...manifests, nth: [1, 3], fault: streamReset(7) }],
  ['S26 a stream that is cancelled (RST_STREAM)', { method: 'PUT', nth: [3, 5], fault: streamReset(8) }],
  ['S26 a request that came to the wrong server (421)', { ...manifests, nth: [2], fault: instead(421) }],
];

describe.each(protocols)('over TLS with %s', (...offered) => {
  let stage: GoogleStage;
  let route: Route;

  beforeAll(async () => {
    stage = await startGoogleStage(new Map(), offered);
  });
  beforeEach(() => {
    stage.reset();
    route = stage.route(content, europe);
  });
  afterAll(() => stage.world.stop());

  const speaks = () => new Set(stage.world.server.requests.map(({ protocol }) => protocol));

  it.each(passing)('%s: the same digest in the end', async (what, rule) => {
    stage.world.server.script.add(rule);
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    // A lost commit is settled by a look, and nothing is sent again.
    if (!what.startsWith('S18')) expect(stderr).toContain('again');
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(speaks()).toContain(offered[0]);
  });

  it('S26 connections that end in their TLS handshake: others are opened', async () => {
    stage.world.server.connectionsToDrop = 3;
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(stage.world.server.connectionsToDrop).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S26 every connection dropped in the middle of everything: the same digest in the end', async () => {
    const { server } = stage.world;
    server.script.add({
      method: 'PUT',
      target: /uploads/,
      nth: [2],
      fault: afterwards(() => server.dropConnections()),
    });
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S26 421 again and again: exit 7 after a second try, on another connection where it is HTTP/2', async () => {
    stage.world.server.script.add({ host: us, fault: instead(421) });
    const { status } = await stage.promote(route);
    expect(status).toBe(7);
    const asked = stage.world.server.requests.filter(({ host, target }) => host === us && target.includes('/v1'));
    expect(asked).toHaveLength(2);
    expect(new Set(asked.map(({ connection }) => connection)).size).toBe(offered[0] === 'h2' ? 2 : 1);
  });

  it('S26 the session told to go away (GOAWAY) while answers are held: each comes, on the old one or a new one', async () => {
    const { server } = stage.world;
    const release = Promise.withResolvers<void>();
    server.script.add({ ...manifests, nth: [1, 2], fault: heldUntil(release.promise) });
    server.script.add({
      ...manifests,
      nth: [3],
      fault: afterwards(() => {
        server.goAway();
        release.resolve();
      }),
    });
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });
});
