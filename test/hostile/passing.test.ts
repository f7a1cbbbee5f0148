import { describe, expect, it } from 'vitest';
import { networkFault } from '../../src/http/network-fault.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { promote } from '../../src/promotion/promote.ts';
import { afterwards, instead, lostAnswer, truncated, withHeaders, withoutHeader } from '../fake/faults.ts';
import { multiPlatformIndex, sixPlatforms } from '../fake/images.ts';
import type { Fault, Rule } from '../fake/script.ts';
import { seed } from '../fake/seeding.ts';
import { holds } from '../process/route.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { randomFrom, Simulation } from './simulation.ts';

const content = multiPlatformIndex('in passing', sixPlatforms.slice(0, 2), 1_200_000);
const minute = 60_000;

function lay(number = 1) {
  const world = new Simulation(['from.example', 'to.example'], number, 50 * minute);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  const live = world.registry('to.example').store.at('b/app');
  const run = () => promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
  return { world, live, run };
}

async function expectPromoted(...rules: readonly Rule[]) {
  const { world, live, run } = lay();
  for (const rule of rules) world.direct.script.add(rule);
  const report = await run();
  expect(report.outcome, report.error?.message).toBe('promoted');
  expect(holds(live, content, 'v1')).toBe(true);
  return world;
}

const verbs: readonly [string, RegExp][] = [
  ['GET', /manifests\/v1/],
  ['GET', /manifests\/sha256/],
  ['GET', /blobs/],
  ['HEAD', /blobs/],
  ['HEAD', /manifests/],
  ['POST', /uploads/],
  ['PUT', /uploads/],
  ['PUT', /manifests/],
];
const statuses = [408, 425, 500, 502, 503, 504];

/** The same document in other bytes. */
const respaced: Fault = async (_request, next) => {
  const result = await next();
  return { ...result, body: Buffer.concat([result.body, Buffer.from(' ')]) };
};

const liar: Fault = async (_request, next) => {
  const result = await next();
  return { ...result, headers: { ...result.headers, 'docker-content-digest': digestOf(result.body, 'sha256') } };
};

describe('what passes', () => {
  it.each(verbs.flatMap(([method, target]) => statuses.map((status) => ({ method, target, status }))))(
    'S20 $method $target answered $status four times in a row: recovered within the tries',
    async ({ method, target, status }) => {
      const world = await expectPromoted({ method, target, nth: [1, 2, 3, 4], fault: instead(status) });
      const retries = world.notices.length + world.events.filter(({ type }) => type === 'retry').length;
      expect(retries).toBeGreaterThanOrEqual(4);
      expect(world.elapsed).toBeLessThan(5 * minute);
    },
  );

  it.each(verbs)('S20 %s %s answered 500 for ever: a typed failure, few requests, no tag', async (method, target) => {
    const { world, live, run } = lay();
    world.direct.script.add({ method, target, fault: instead(500) });
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', images: [{ error: { code: 'REGISTRY_FAILED' } }] });
    expect(world.requests()).toBeLessThan(200);
    if (method !== 'GET') expect(live.tags.size).toBe(0);
  });

  it.each(['ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNREFUSED', 'ERR_HTTP2_STREAM_ERROR'])(
    'S26 %s at every fourth request: the same digest in the end',
    async (code) => {
      let count = 0;
      const fault: Fault = async (request, next) => {
        count += 1;
        if (count % 4 !== 0) return next();
        const url = new URL(`https://${request.host}${request.target}`);
        throw networkFault(Object.assign(new Error(code), { code }), request.method, url, new AbortController().signal);
      };
      await expectPromoted({ fault });
    },
  );

  it('S14 a manifest that comes short: refused by its digest, never accepted', async () => {
    const { live, world, run } = lay();
    world.direct.script.add({ target: /manifests\/sha256/, host: 'from.example', fault: truncated(50) });
    expect(await run()).toMatchObject({ outcome: 'failed', images: [{ error: { code: 'DIGEST_MISMATCH' } }] });
    expect(live.tags.size).toBe(0);
  });

  it.each<[string, Fault]>([
    ['whose header has the digest of those other bytes', liar],
    ['without a digest header', withoutHeader('docker-content-digest')],
  ])('S1 a manifest by digest that has other bytes, %s: refused, nothing put', async (_what, header) => {
    const { live, world, run } = lay();
    const rule = { method: 'GET', host: 'from.example', target: /manifests\/sha256/ };
    world.direct.script.add({ ...rule, fault: header });
    world.direct.script.add({ ...rule, fault: respaced });
    expect(await run()).toMatchObject({ outcome: 'failed', images: [{ error: { code: 'DIGEST_MISMATCH' } }] });
    expect(live.manifests.size).toBe(0);
  });

  it('S14 a layer that comes short while its upload still waits its turn: the upload is told, and nothing crashes', async () => {
    const { world } = lay();
    world.direct.script.add({ target: /blobs\/sha256/, host: 'from.example', fault: truncated(99) });
    const blob = content.blobs.find(({ bytes }) => bytes.length > 1_000_000);
    if (blob === undefined) throw new Error('there is a layer of some MiB');
    const descriptor = { mediaType: 'application/octet-stream', digest: blob.digest, size: blob.bytes.length };
    const source = world.open(parseReference('from.example/a/app:v1'), 'source');
    const destination = world.open(parseReference('to.example/b/app:v1'), 'destination');
    const session = await destination.startUpload();
    const bytes = await source.fetch(descriptor, () => undefined);
    if (bytes instanceof Uint8Array) throw new Error('a layer of some MiB comes as a stream');
    await new Promise((resolve) => bytes.once('close', resolve));
    await expect(session.commit(descriptor, bytes)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expect(world.registry('to.example').store.at('b/app').blobs.size).toBe(0);
  });

  it('S18 S28 a commit whose answer is lost, while the registry does not show the blob yet: sent again', async () => {
    let hidden = 0;
    await expectPromoted(
      { method: 'PUT', target: /uploads/, nth: [1], fault: lostAnswer() },
      {
        method: 'HEAD',
        target: /blobs/,
        fault: async (request, next) => {
          hidden += 1;
          return hidden < 9 ? instead(404)(request, next) : next();
        },
      },
    );
  });

  it.each([1, 2, 3])('S28 a tag that is shown %i looks late: waited for', async (late) => {
    const rule = { method: 'GET', host: 'to.example', target: /manifests\/v1/ };
    const nth = Array.from({ length: late }, (_, index) => index + 2);
    const world = await expectPromoted({ ...rule, nth, fault: instead(404) });
    expect(world.elapsed).toBeLessThan(minute);
  });

  it('S28 S2 a tag that is never shown: NOT_KEPT after few looks, no success', async () => {
    const { world, run } = lay();
    world.direct.script.add({ method: 'GET', host: 'to.example', target: /manifests\/v1/, fault: instead(404) });
    const report = await run();
    expect(report.images[0]).toMatchObject({ outcome: 'failed', verified: false, error: { code: 'NOT_KEPT' } });
    expect(world.elapsed).toBeLessThan(minute);
  });

  it('S3 each tag of the source is read once, everything below by digest', async () => {
    const reads: string[] = [];
    const fault = afterwards(() => undefined);
    await expectPromoted({
      host: 'from.example',
      fault: (request, next) => {
        reads.push(request.target);
        return fault(request, next);
      },
    });
    expect(reads.filter((target) => target.endsWith('/v1'))).toHaveLength(1);
    expect(reads.filter((target) => !target.endsWith('/v1')).every((target) => target.includes('sha256'))).toBe(true);
  });

  it('S36 Content-Encoding on everything: the bytes as they were sent are hashed', async () => {
    await expectPromoted({ method: 'GET', fault: withHeaders({ 'content-encoding': 'gzip' }) });
  });

  it('S40 the same seed: the same faults, the same waits, the same report', async () => {
    const play = async (number: number) => {
      const { world, run } = lay(number);
      const random = randomFrom(number);
      const broken = [instead(500), instead(429), lostAnswer(), truncated(900_000)];
      world.direct.script.add({
        fault: (request, next) => {
          const fault = random() < 0.2 ? broken[Math.floor(random() * broken.length)] : undefined;
          return fault === undefined ? next() : fault(request, next);
        },
      });
      const report = await run();
      return { report, notices: world.notices, elapsed: world.elapsed };
    };
    expect(await play(11)).toEqual(await play(11));
    expect((await play(11)).notices).not.toEqual((await play(12)).notices);
  });
});
