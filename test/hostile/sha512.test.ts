import { expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { promote } from '../../src/promotion/promote.ts';
import { withHeaders } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { Simulation } from './simulation.ts';

const content = singleImage('by sha512', [100]);
const { bytes, mediaType, digest } = content.root;
const long = digestOf(bytes, 'sha512');

function lay() {
  const world = new Simulation(['from.example', 'to.example'], 1, 600_000);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  return world;
}

it('S34 an image that is pinned by sha512 moves a tag that the registry tells by sha256', async () => {
  const world = lay();
  world.registry('from.example').store.at('a/app').putManifest(long, mediaType, bytes);
  const { store } = world.registry('to.example');
  seed(singleImage('old', [50]), store, 'b/app', 'v1');
  const request = requestOf([[`from.example/a/app@${long}`, 'to.example/b/app:v1']], { allowMove: true });
  const report = await promote(request, world);
  expect(report.error).toBeUndefined();
  expect(report.images).toMatchObject([{ outcome: 'promoted', verified: true, digest: long }]);
  expect(store.at('b/app').tags.get('v1')).toBe(digest);
});

it('S34 a tag that the registry tells by sha512 is the expected image all the same', async () => {
  const world = lay();
  const told = withHeaders({ 'docker-content-digest': long });
  world.direct.script.add({ method: 'GET', target: /a\/app\/manifests\/v1$/, fault: told });
  const request = requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']], { expectDigest: digest });
  expect((await promote(request, world)).images).toMatchObject([{ outcome: 'promoted', digest }]);
});

it('S34 a tag whose sha512 header contradicts its bytes is refused', async () => {
  const world = lay();
  const told = withHeaders({ 'docker-content-digest': `sha512:${'0'.repeat(128)}` });
  world.direct.script.add({ method: 'GET', target: /a\/app\/manifests\/v1$/, fault: told });
  const report = await promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
  expect(report.error?.code).toBe('DIGEST_MISMATCH');
});
