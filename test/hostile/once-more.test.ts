import { expect, it } from 'vitest';
import { promote } from '../../src/promotion/promote.ts';
import { type Answer, answer } from '../fake/exchange.ts';
import { instead } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { holds } from '../process/route.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { Simulation } from './simulation.ts';

const content = singleImage('once more', [2_000_000]);

function lay() {
  const world = new Simulation(['from.example', 'to.example'], 1, 600_000);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  const live = world.registry('to.example').store.at('b/app');
  const run = () => promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
  return { world, live, run };
}

it('S16 a refusal that breaks off in its own text is a failure in passing', async () => {
  const { world, live, run } = lay();
  const broken: Answer = { ...answer(503, {}, Buffer.alloc(1000)), ending: { kind: 'reset', after: 500 } };
  world.direct.script.add({ host: 'from.example', target: /blobs/, nth: [2], fault: async () => broken });
  const report = await run();
  expect(report.error).toBeUndefined();
  expect(holds(live, content, 'v1')).toBe(true);
});

it('S24 a mount whose answer never comes is one that was refused: the blob is sent', async () => {
  const { world, live } = lay();
  seed(content, world.registry('to.example').store, 'b/other', 'v1');
  const request = requestOf([['to.example/b/other:v1', 'to.example/b/app:v1']]);
  const brokenOff: Answer = { ...answer(500, {}), ending: { kind: 'reset', after: 0 } };
  world.direct.script.add({ host: 'to.example', target: /mount=/, fault: async () => brokenOff });
  const report = await promote(request, world);
  expect(report.error).toBeUndefined();
  expect(report.blobs).toMatchObject({ mounted: 0, uploaded: 2 });
  expect(holds(live, content, 'v1')).toBe(true);
});

it('a small blob that comes to the wrong server (421) is told as what it is', async () => {
  const { world, run } = lay();
  world.direct.script.add({ host: 'to.example', method: 'PUT', target: /uploads/, fault: instead(421) });
  const report = await run();
  expect(report.error).toMatchObject({ code: 'REGISTRY_FAILED', message: expect.stringContaining('was answered 421') });
});
