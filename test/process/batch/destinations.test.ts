import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instead } from '../../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage, us } from '../google-stage.ts';
import { holds, promote } from '../route.ts';
import { writeList } from './batch.ts';

describe('several destinations', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  const makePlaces = (...places: readonly (readonly [host: string, key: string])[]) => {
    for (const [host, key] of places) stage.world.makeRepository(host, key, 'writer');
    const live = places.map(([host, key]) => stage.world.registry(host).store.at(`${key}/app`));
    return { dest: places.map(([host, key]) => `${host}/${key}/app:v1`).join(','), live };
  };

  it('on several hosts get everything; a layer is read once for each host, and mounted into its other repositories', async () => {
    const content = multiPlatformIndex('several', sixPlatforms.slice(0, 3), 500);
    const { source } = stage.route(content);
    const { dest, live } = makePlaces([us, 'a/one'], [europe, 'b/one'], [europe, 'b/two'], [europe, 'b/three']);
    const { status, report } = await promote(['--source', source, '--dest', dest], stage.world.environment);
    expect(status).toBe(0);
    for (const repository of live) expect(holds(repository, content, 'v1')).toBe(true);
    expect(report.images.map(({ destination, outcome, verified }) => ({ destination, outcome, verified }))).toEqual(
      dest.split(',').map((destination) => ({ destination, outcome: 'promoted', verified: true })),
    );
    const blobs = content.blobs.length;
    expect(report.blobs).toEqual({ mounted: 3 * blobs, uploaded: blobs, existing: 0 });
    expect(stage.counts()['GET download']).toBe(blobs);
    expect(stage.world.server.seen('GET', /manifests\/v1$/).filter(({ host }) => host === us)).toHaveLength(2 + 1);
  });

  it('on the host of a source that lends nothing: a layer is sent once, and mounted from where it arrived', async () => {
    const content = singleImage('not lent', [700, 300]);
    const { source, sourceKey } = stage.route(content);
    const { dest, live } = makePlaces([us, 'c/one'], [us, 'c/two'], [us, 'c/three']);
    const fault = instead(401, {}, '{"errors":[{"code":"UNAUTHORIZED","message":"no pull"}]}');
    const from = encodeURIComponent(`${sourceKey}/app`);
    stage.world.server.script.add({ method: 'POST', target: new RegExp(`from=(?:${from}|${sourceKey}/app)`), fault });
    const { status, report } = await promote(['--source', source, '--dest', dest], stage.world.environment);
    expect(status).toBe(0);
    for (const repository of live) expect(holds(repository, content, 'v1')).toBe(true);
    const blobs = content.blobs.length;
    expect(report.blobs).toEqual({ mounted: 2 * blobs, uploaded: blobs, existing: 0 });
    expect(stage.counts()['GET download']).toBe(blobs);
  });

  it('of which one may not be written: exit 3, no tag anywhere; with --keep-going the others: exit 8', async () => {
    const content = singleImage('not everywhere', [300]);
    const { source } = stage.route(content);
    const { dest, live } = makePlaces([europe, 'd/one'], [us, 'd/two']);
    stage.world.makeRepository(europe, 'd/closed', 'reader');
    const all = `${dest},${europe}/d/closed/app:v1`;
    const { status, report } = await promote(['--source', source, '--dest', all], stage.world.environment);
    expect(status).toBe(3);
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['withheld', 'withheld', 'failed']);
    for (const repository of live) expect(repository.tags.size).toBe(0);
    const again = await promote(['--source', source, '--dest', all, '--keep-going'], stage.world.environment);
    expect(again.status).toBe(8);
    expect(again.report.images.map(({ outcome }) => outcome)).toEqual(['promoted', 'promoted', 'failed']);
    for (const repository of live) expect(holds(repository, content, 'v1')).toBe(true);
  });

  it('named by two sources of two digests: exit 6, nothing written', async () => {
    const one = stage.route(singleImage('claims', [100]));
    const other = stage.route(singleImage('claims too', [100]));
    const list = await writeList([`${one.source} ${one.destination}`, `${other.source} ${one.destination}`]);
    const { status, report } = await promote(['--images-file', list], stage.world.environment);
    expect(status).toBe(6);
    expect(report.error).toMatchObject({
      code: 'TAG_CLAIMED_TWICE',
      message: expect.stringContaining(one.destination),
    });
    for (const method of ['PUT', 'POST']) expect(stage.world.server.seen(method)).toEqual([]);
    const checked = await runPromote(['check', '--images-file', list], stage.world.environment);
    expect(checked.status).toBe(6);
    expect(checked.stdout).toContain(`${one.destination}  is to be both ${one.source} and ${other.source}`);
  });

  it('named by two sources of one digest: put once, told for each', async () => {
    const content = singleImage('the same twice', [100]);
    const [one, other] = [stage.route(content), stage.route(content)];
    const list = await writeList([`${one.source} ${one.destination}`, `${other.source} ${one.destination}`]);
    const { status, report } = await promote(['--images-file', list], stage.world.environment);
    expect(status).toBe(0);
    expect(report.images.map(({ outcome, verified }) => [outcome, verified])).toEqual([
      ['promoted', true],
      ['promoted', true],
    ]);
    expect(stage.world.server.seen('PUT', /manifests\/v1$/)).toHaveLength(1);
  });

  it('of two repositories under one name: what is in both goes there once', async () => {
    const content = singleImage('from two', [900, 100]);
    const [one, other] = [stage.route(content, europe), stage.route(content, europe)];
    const name = one.destination.replace(/:v1$/, '');
    const list = await writeList([`${one.source} ${name}:a`, `${other.source} ${name}:b`]);
    const { status, report } = await promote(['--images-file', list], stage.world.environment);
    expect(status).toBe(0);
    expect(report.blobs).toEqual({ mounted: 0, uploaded: content.blobs.length, existing: 0 });
    expect(stage.counts()['PUT upload']).toBe(content.blobs.length);
    expect(holds(one.live, content, 'a') && holds(one.live, content, 'b')).toBe(true);
  });
});
