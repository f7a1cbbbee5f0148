import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instead } from '../../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote, startPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import { incompleteTags } from '../../promotion/completeness.ts';
import { type LoopbackStage, startLoopbackStage } from '../loopback-stage.ts';
import { holds, promote } from '../route.ts';
import { type Batch, corrupt, layBatch } from './batch.ts';

const twelve = Array.from({ length: 12 }, (_, index) => singleImage(`twelve ${index}`, [400, 200]));

describe('a batch is one transaction', () => {
  let stage: LoopbackStage;
  let batch: Batch;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  const promoteBatch = (...args: string[]) => promote(['--images-file', batch.imagesFile, ...args], {});
  const liveTags = () => batch.routes.map(({ live }) => live.tags.get('v1'));

  it('S12 twelve images, the seventh with a corrupt layer: exit 5, no destination tag changed, told which and why', async () => {
    batch = await layBatch(stage, twelve);
    const old = singleImage('old', [100]);
    for (const { destinationKey } of batch.routes.slice(0, 3)) {
      seed(old, stage.to.registry.store, `${destinationKey}/app`, 'v1');
    }
    const before = liveTags();
    const layer = twelve[6]?.blobs[1]?.digest ?? '';
    const seventh = batch.routes[6];
    if (seventh !== undefined) corrupt(seventh.tested, layer);

    const { status, report, stderr } = await promoteBatch('--allow-move');
    expect(status).toBe(5);
    expect(liveTags()).toEqual(before);
    expect(report.images.map(({ outcome }) => outcome)).toEqual(
      twelve.map((_, index) => (index === 6 ? 'failed' : 'withheld')),
    );
    expect(report.images[6]?.error).toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringContaining(layer),
    });
    expect(report.error).toEqual(report.images[6]?.error);
    expect(stderr).toContain(layer);
    expect(stage.to.server.seen('PUT', /manifests\/v1$/)).toEqual([]);
  });

  it('S1 with --keep-going the other eleven are promoted: exit 8', async () => {
    batch = await layBatch(stage, twelve);
    const seventh = batch.routes[6];
    if (seventh !== undefined) corrupt(seventh.tested, twelve[6]?.blobs[1]?.digest ?? '');
    const { status, report } = await promoteBatch('--keep-going');
    expect(status).toBe(8);
    for (const [index, content] of twelve.entries()) {
      const route = batch.routes[index];
      expect(report.images[index]).toMatchObject({
        destination: route?.destination,
        outcome: index === 6 ? 'failed' : 'promoted',
        verified: index !== 6,
      });
      expect(route !== undefined && holds(route.live, content, 'v1')).toBe(index !== 6);
    }
  });

  it('a source that does not exist: exit 4, nothing written; with --keep-going the rest: exit 8', async () => {
    const contents = twelve.slice(0, 3);
    batch = await layBatch(stage, contents);
    batch.routes[1]?.tested.tags.clear();
    const { status } = await promoteBatch();
    expect(status).toBe(4);
    expect(stage.to.server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    const again = await promoteBatch('--keep-going');
    expect(again.status).toBe(8);
    expect(again.report.images.map(({ outcome }) => outcome)).toEqual(['promoted', 'failed', 'promoted']);
  });

  it('a tag that cannot be put stops those after it; the commands in the hint put back what was put', async () => {
    const contents = twelve.slice(0, 3);
    batch = await layBatch(stage, contents);
    const old = singleImage('old', [100]);
    for (const { destinationKey } of batch.routes) {
      seed(old, stage.to.registry.store, `${destinationKey}/app`, 'v1');
    }
    const second = batch.routes[1]?.destinationKey;
    stage.to.server.script.add({
      method: 'PUT',
      target: new RegExp(`${second}/app/manifests/v1$`),
      fault: instead(403),
    });
    const { status, report } = await promoteBatch('--allow-move');
    expect(status).toBe(8);
    expect(report.images.map(({ outcome, previousDigest }) => [outcome, previousDigest])).toEqual([
      ['promoted', old.root.digest],
      ['failed', old.root.digest],
      ['withheld', old.root.digest],
    ]);
    const commands = report.error?.hint?.split('\n').filter((line) => line.startsWith('promote ')) ?? [];
    expect(commands).toHaveLength(1);
    for (const command of commands) {
      const { status: undone, stderr } = await runPromote(command.split(' ').slice(1), {});
      expect(undone, stderr).toBe(0);
    }
    expect(liveTags()).toEqual([old.root.digest, old.root.digest, old.root.digest]);
  });

  it('failures of several kinds: exit 8', async () => {
    batch = await layBatch(stage, twelve.slice(0, 3));
    batch.routes[0]?.tested.tags.clear();
    const third = batch.routes[2];
    if (third !== undefined) corrupt(third.tested, twelve[2]?.blobs[1]?.digest ?? '');
    const { status, report } = await promoteBatch('--keep-going');
    expect(status).toBe(8);
    expect(report.images.map(({ error }) => error?.code)).toEqual(['NOT_FOUND', undefined, 'DIGEST_MISMATCH']);
  });

  it('S12 killed at any moment, every tag is old or points at something complete; run again, it completes', async () => {
    const contents = [0, 1, 2].map((index) => multiPlatformIndex(`killed ${index}`, sixPlatforms.slice(0, 2), 300));
    batch = await layBatch(stage, contents);
    const old = singleImage('old', [100]);
    const begin = () => {
      stage.reset();
      for (const { live, destinationKey } of batch.routes) {
        for (const kept of [live.blobs, live.manifests, live.tags]) kept.clear();
        seed(old, stage.to.registry.store, `${destinationKey}/app`, 'v1');
      }
    };
    const args = ['--images-file', batch.imagesFile, '--allow-move', '--no-attached'];
    begin();
    await runPromote(args, {});
    const all = stage.to.server.requests.length;
    // The tags are put with the last requests: each a look, a PUT and a reading.
    for (const moment of [5, 20, 40, all - 8, all - 6, all - 5, all - 4, all - 3, all - 1]) {
      begin();
      const run = startPromote(args, {});
      stage.to.server.onRequest = () => {
        if (stage.to.server.requests.length === moment) run.kill('SIGKILL');
      };
      expect((await run.result).signal).toBe('SIGKILL');
      expect(incompleteTags(stage.to.registry.store)).toEqual([]);
      for (const [index, content] of contents.entries()) {
        expect([old.root.digest, content.root.digest]).toContain(batch.routes[index]?.live.tags.get('v1'));
      }
    }
    stage.to.server.onRequest = undefined;
    expect((await runPromote(args, {})).status).toBe(0);
    expect(liveTags()).toEqual(contents.map(({ root }) => root.digest));
  });
});
