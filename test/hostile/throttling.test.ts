import { describe, expect, it } from 'vitest';
import { promote } from '../../src/promotion/promote.ts';
import { instead, resetAfter } from '../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { holds } from '../process/route.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { randomFrom, Simulation } from './simulation.ts';

const minute = 60_000;
const source = 'from.example/a/app:v1';
const destination = 'to.example/b/app:v1';

function lay(content: ReturnType<typeof singleImage>, number: number, deadlineMs: number) {
  const world = new Simulation(['from.example', 'to.example'], number, deadlineMs);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  const live = world.registry('to.example').store.at('b/app');
  const run = () => promote(requestOf([[source, destination]]), world);
  return { world, live, run };
}

describe('registries that throttle', () => {
  const content = multiPlatformIndex('throttled', sixPlatforms, 2000);

  it.each([
    ['without Retry-After', {}],
    ['with a Retry-After of seconds', { 'retry-after': '1' }],
    ['with a Retry-After of none', { 'retry-after': '0' }],
    ['with a Retry-After that is absurd', { 'retry-after': '-12 parsecs' }],
  ])('S21 six requests in ten refused, %s: complete within the deadline all the same', async (_what, headers) => {
    for (const number of [1, 2, 3]) {
      const { world, live, run } = lay(content, number, 50 * minute);
      const random = randomFrom(number);
      const refusal = instead(429, headers);
      const fault = (...[request, next]: Parameters<typeof refusal>) =>
        random() < 0.6 ? refusal(request, next) : next();
      world.direct.script.add({ fault });
      const report = await run();
      expect(report.outcome, report.error?.message).toBe('promoted');
      expect(holds(live, content, 'v1')).toBe(true);
      expect(world.elapsed).toBeLessThan(45 * minute);
    }
  });

  it('S21 a date in Retry-After is waited for, and nobody asks that host meanwhile', async () => {
    const { world, run } = lay(content, 4, 50 * minute);
    const at: number[] = [];
    let until = 0;
    world.direct.script.add({
      host: 'to.example',
      fault: (request, next) => {
        at.push(world.clock.now());
        if (at.length !== 5) return next();
        until = Math.ceil(world.clock.now() / 1000) * 1000 + 40_000;
        return instead(503, { 'retry-after': new Date(until).toUTCString() })(request, next);
      },
    });
    expect((await run()).outcome).toBe('promoted');
    expect(at.length).toBeGreaterThan(20);
    // Those that were under way already may come in the same moment.
    const refused = at[4] ?? 0;
    expect(at.filter((moment) => moment > refused && moment < until)).toEqual([]);
  });

  it('S21 a host comes back one request at a time, then faster', async () => {
    const { world, run } = lay(content, 5, 50 * minute);
    const at: number[] = [];
    world.direct.script.add({
      host: 'to.example',
      fault: (request, next) => {
        at.push(world.clock.now());
        return at.length <= 3 ? instead(429, { 'retry-after': '1' })(request, next) : next();
      },
    });
    expect((await run()).outcome).toBe('promoted');
    const gaps = at.slice(4, 8).map((moment, index) => moment - (at[index + 3] ?? 0));
    expect(gaps.some((gap) => gap > 0)).toBe(true);
  });

  it.each([
    ['GET', 'from.example', 300],
    ['GET', 'from.example', 2_000_000],
    ['PUT', 'to.example', 2_000_000],
  ])(
    'S21 a %s at %s of a blob of %i bytes, answered by a Retry-After that ends past the deadline: fails at once',
    async (method, host, size) => {
      const { world, run } = lay(singleImage(`too long ${method} ${size}`, [size]), 6, minute);
      let refused = 0;
      world.direct.script.add({
        host,
        method,
        target: /blobs/,
        fault: (request, next) => {
          refused += 1;
          // A client that asks for ever shall fail this test, not keep it.
          return refused > 20 ? next() : instead(429, { 'retry-after': '3600' })(request, next);
        },
      });
      const { error } = await run();
      expect(error).toMatchObject({ code: 'THROTTLED', message: expect.stringContaining('3600 s') });
      expect(refused).toBeLessThanOrEqual(2);
    },
  );

  it('S21 429 without an end: a clean failure before the deadline passes', async () => {
    const { world, live, run } = lay(content, 6, 10 * minute);
    world.direct.script.add({ host: 'to.example', fault: instead(429) });
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', images: [{ error: { code: 'THROTTLED' } }] });
    expect(world.elapsed).toBeLessThanOrEqual(10 * minute);
    expect(live.tags.size).toBe(0);
  });
});

describe('a download that hardly gets on', () => {
  const content = singleImage('hardly gets on', [3_000_000]);

  it('S16 brings 100,000 bytes and breaks, each time: bounded tries, a clean failure, nothing committed', async () => {
    const { world, live, run } = lay(content, 7, 50 * minute);
    world.direct.script.add({ method: 'GET', target: /blobs/, fault: resetAfter(100_000) });
    const { outcome, images } = await run();
    expect(outcome).toBe('failed');
    expect(images[0]?.error?.code).toBe('NETWORK');
    expect(world.requests()).toBeLessThan(150);
    expect(live.tags.size).toBe(0);
    expect(live.blobs.has(content.blobs[1]?.digest ?? '')).toBe(false);
  });
});
