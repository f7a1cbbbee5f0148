import { describe, expect, it } from 'vitest';
import { promote } from '../../src/promotion/promote.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import { beforehand, instead, lostAnswer, resetRequestAfter } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import type { Fault } from '../fake/script.ts';
import { seed } from '../fake/seeding.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { Simulation } from './simulation.ts';

const content = singleImage('tag put', [100]);
const other = singleImage('of another writer', [50]);
const firstPut = { method: 'PUT', target: /manifests\/v1$/, nth: [1] };

const failures: [string, Fault][] = [
  ['503 with Retry-After', instead(503, { 'retry-after': '1' })],
  ['429', instead(429)],
  ['500', instead(500)],
  ['a broken connection', resetRequestAfter(0)],
];

function lay(tags: readonly string[] = ['v1']) {
  const world = new Simulation(['from.example', 'to.example'], 1, 600_000);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  const { store } = world.registry('to.example');
  const live = store.at('b/app');
  const intrude = (tag: string) => () => seed(other, store, 'b/app', tag);
  const run = () =>
    promote(requestOf([['from.example/a/app:v1', ...tags.map((tag) => `to.example/b/app:${tag}`)]]), world);
  return { world, live, intrude, run };
}

describe('S6 the PUT of a tag that fails in passing', () => {
  it.each(failures)('%s, and another writer meanwhile: exit 6, and what that one put stands', async (_what, fault) => {
    const { world, live, intrude, run } = lay();
    world.direct.script.add({ ...firstPut, fault: beforehand(intrude('v1')) });
    world.direct.script.add({ ...firstPut, fault });
    const report = await run();
    expect(statusOfReport(report)).toBe(6);
    expect(report.images[0]?.error?.code).toBe('TAG_MOVED');
    expect(live.tags.get('v1')).toBe(other.root.digest);
  });

  it.each([...failures, ['an answer that was lost', lostAnswer()] as [string, Fault]])(
    '%s, and nobody else: promoted',
    async (_what, fault) => {
      const { world, live, run } = lay();
      world.direct.script.add({ ...firstPut, fault });
      expect((await run()).outcome).toBe('promoted');
      expect(live.tags.get('v1')).toBe(content.root.digest);
    },
  );

  it('after the pause of one tag the next is looked at again before its own', async () => {
    const { world, live, intrude, run } = lay(['v1', 'v2']);
    world.direct.script.add({ ...firstPut, fault: beforehand(intrude('v2')) });
    world.direct.script.add({ ...firstPut, fault: instead(429) });
    expect((await run()).images.map(({ error }) => error?.code)).toEqual([undefined, 'TAG_MOVED']);
    expect(live.tags.get('v2')).toBe(other.root.digest);
  });

  it('429 without an end fails before the deadline, without a storm of requests', async () => {
    const { world, run } = lay();
    world.direct.script.add({ method: 'PUT', target: /manifests\/v1$/, fault: instead(429) });
    expect((await run()).images[0]?.error?.code).toBe('THROTTLED');
    expect(world.requests()).toBeLessThan(150);
  });
});
