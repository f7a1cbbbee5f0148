import { expect, it } from 'vitest';
import { promote } from '../../src/promotion/promote.ts';
import { corruptByte, instead } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { Simulation } from './simulation.ts';

function lay(size: number) {
  const content = singleImage('blob copy', [size]);
  const world = new Simulation(['from.example', 'to.example'], 1, 600_000);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  const layer = content.blobs.find(({ bytes }) => bytes.length >= size)?.digest ?? '';
  const put = { host: 'to.example', method: 'PUT', target: new RegExp(`uploads.*${encodeURIComponent(layer)}`) };
  const run = () => promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
  return { world, layer, put, run };
}

it('bytes that arrive wrong once are asked for again, whatever failed before them', async () => {
  const { world, layer, put, run } = lay(2_000_000);
  world.direct.script.add({ ...put, nth: [1], fault: instead(503) });
  world.direct.script.add({
    host: 'from.example',
    target: new RegExp(`blobs/${layer}`),
    nth: [2],
    fault: corruptByte(7),
  });
  expect((await run()).error).toBeUndefined();
});

it('a small blob is sent as often as every other request', async () => {
  const { world, put, run } = lay(2000);
  world.direct.script.add({ ...put, nth: [1, 2, 3, 4], fault: instead(503) });
  expect((await run()).error).toBeUndefined();
});
