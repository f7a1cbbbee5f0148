import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { promote } from '../../src/promotion/promote.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import { multiPlatformIndex, nestedIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { missingBelow } from './completeness.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const from = 'src.example';
const to = 'dst.example';

describe('the content of a batch', () => {
  it('S27 a blob that the registry lost is sent again, once, for the image that misses it', async () => {
    const world = new MemoryWorld();
    const [lost, whole] = [singleImage('lost', [30]), singleImage('whole', [30])];
    seed(lost, world.registry(from).store, 'app', 'lost');
    seed(whole, world.registry(from).store, 'app', 'whole');
    let refusals = 0;
    world.before = ({ kind, what }) => {
      if (kind !== 'put' || what !== lost.root.digest || refusals > 0) return;
      refusals += 1;
      throw new Fault('NOT_KEPT', 'a blob is missing');
    };
    const report = await promote(requestOf([pair('lost'), pair('whole')]), world);
    expect(report.outcome).toBe('promoted');
    const sent = world.asked('commit').map((commit) => commit.split(' ')[1]);
    for (const { digest } of lost.blobs) expect(sent.filter((each) => each === digest)).toHaveLength(2);
    for (const { digest } of whole.blobs) expect(sent.filter((each) => each === digest)).toHaveLength(1);
  });

  it.each([
    ['alone', ['v1']],
    ['in a batch, whose bytes are let go of before the tags', ['v1', 'v2']],
  ])('S27 a child of an index that the registry lost is put again, once: %s', async (_what, tags) => {
    const world = new MemoryWorld();
    seed(singleImage('beside', [30]), world.registry(from).store, 'app', 'v2');
    const content = multiPlatformIndex('lost child', sixPlatforms.slice(0, 2), 30);
    seed(content, world.registry(from).store, 'app', 'v1');
    const [child] = content.manifests;
    const live = world.registry(to).store.at('app');
    let refusals = 0;
    world.before = ({ kind, what }) => {
      if (kind !== 'put' || what !== 'v1' || refusals > 0) return;
      refusals += 1;
      live.manifests.delete(child?.digest ?? '');
      throw new Fault('NOT_KEPT', 'a manifest is missing');
    };
    expect((await promote(requestOf(tags.map(pair)), world)).outcome).toBe('promoted');
    expect(missingBelow(live, content.root.digest)).toEqual([]);
    expect(world.asked('put').filter((put) => put.endsWith(child?.digest ?? ''))).toHaveLength(2);
  });

  it('whose mount opened an upload is not left with it where nobody can go on', async () => {
    const world = new MemoryWorld();
    world.lends = () => false;
    const content = singleImage('left open', [30]);
    seed(content, world.registry(from).store, 'app', 'v1');
    world.before = ({ kind, repository }) => {
      if (kind === 'exists' && repository.includes('other')) throw new Fault('DENIED', 'no');
    };
    const report = await promote(requestOf([[`${from}/app:v1`, `${from}/other:v1`]]), world);
    expect(report.error?.code).toBe('DENIED');
    const cancelled = world.asked('cancel').toSorted();
    expect(cancelled).toEqual(content.blobs.map(({ digest }) => `${from}/other ${digest}`).toSorted());
  });

  it('that a registry does not keep is held against its own image alone', async () => {
    const world = new MemoryWorld();
    const bad = multiPlatformIndex('bad', sixPlatforms.slice(0, 2), 30);
    const good = multiPlatformIndex('good', sixPlatforms.slice(0, 2), 30);
    seed(bad, world.registry(from).store, 'app', 'bad');
    seed(good, world.registry(from).store, 'app', 'good');
    const child = bad.manifests[0]?.digest ?? '';
    world.after = ({ kind, what }) => {
      if (kind === 'put' && what === child) world.registry(to).store.at('app').manifests.delete(child);
    };
    const report = await promote(requestOf([pair('bad'), pair('good')], { onFailure: 'keep going' }), world);
    expect(report.images.map(({ error, outcome }) => error?.code ?? outcome)).toEqual(['NOT_KEPT', 'promoted']);
    expect(statusOfReport(report)).toBe(8);
  });

  it('goes to each repository of several hosts; a blob crosses to a host once, and is mounted from there', async () => {
    const world = new MemoryWorld();
    const content = nestedIndex('many');
    seed(content, world.registry(from).store, 'app', 'v1');
    const places = ['one.example/a', 'one.example/b', 'two.example/a', 'two.example/b', 'two.example/c'];
    const report = await promote(requestOf([[`${from}/app:v1`, ...places.map((place) => `${place}/app:v1`)]]), world);
    expect(report.outcome).toBe('promoted');
    const blobs = content.blobs.length;
    expect(report.blobs).toEqual({ uploaded: 2 * blobs, mounted: 3 * blobs, existing: 0 });
    expect(world.asked('fetch')).toHaveLength(2 * blobs);
    for (const place of places) {
      const [host = '', path] = place.split('/');
      expect(missingBelow(world.registry(host).store.at(`${path}/app`), content.root.digest)).toEqual([]);
    }
  });

  it('to several repositories: one that fails withholds all tags; with keep-going the others are promoted', async () => {
    const places = ['one.example/a', 'one.example/b', 'two.example/a'];
    const outcomes = async (onFailure: 'withhold' | 'keep going') => {
      const world = new MemoryWorld();
      seed(nestedIndex('partly'), world.registry(from).store, 'app', 'v1');
      world.before = ({ kind, repository }) => {
        if (repository.startsWith('one.example/a') && kind === 'start') throw new Fault('DENIED', 'no');
      };
      const request = requestOf([[`${from}/app:v1`, ...places.map((place) => `${place}/app:v1`)]], { onFailure });
      const report = await promote(request, world);
      return report.images.map(({ outcome }) => outcome);
    };
    expect(await outcomes('withhold')).toEqual(['failed', 'withheld', 'withheld']);
    expect(await outcomes('keep going')).toEqual(['failed', 'promoted', 'promoted']);
  });

  it('that is told to be whole is looked through by repair: nothing missing is unchanged and nothing is put', async () => {
    const world = new MemoryWorld();
    for (const name of ['x', 'y']) {
      const content = nestedIndex(name);
      seed(content, world.registry(from).store, 'app', name);
      seed(content, world.registry(to).store, 'app', name);
    }
    const report = await promote(requestOf([pair('x'), pair('y')], { repair: true }), world);
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect(world.operations.filter(({ kind }) => ['put', 'start', 'mount', 'commit'].includes(kind))).toEqual([]);
  });

  it('that lacks something is mended by repair, in each repository, and told as promoted', async () => {
    const world = new MemoryWorld();
    const content = nestedIndex('torn');
    seed(content, world.registry(from).store, 'app', 'v1');
    const places = ['one.example', 'two.example'];
    for (const place of places) seed(content, world.registry(place).store, 'app', 'v1');
    const child = content.manifests[0]?.digest ?? '';
    const blob = content.blobs[1]?.digest ?? '';
    world.registry('one.example').store.at('app').manifests.delete(child);
    world.registry('two.example').store.at('app').blobs.delete(blob);
    const request = requestOf([[`${from}/app:v1`, ...places.map((place) => `${place}/app:v1`)]], { repair: true });
    const report = await promote(request, world);
    expect(report.images.map(({ outcome, verified }) => [outcome, verified])).toEqual([
      ['promoted', true],
      ['promoted', true],
    ]);
    expect(world.asked('put')).toEqual([`one.example/app ${child}`]);
    expect(world.asked('commit')).toEqual([`two.example/app ${blob}`]);
  });

  it('S3 S4 of one image under many tags is read, looked at for attachments and put by digest once', async () => {
    const world = new MemoryWorld();
    const content = multiPlatformIndex('popular', sixPlatforms.slice(0, 2), 30);
    const tags = ['v1', 'v1.2', 'latest'];
    for (const tag of tags) seed(content, world.registry(from).store, 'app', tag);
    const report = await promote(requestOf(tags.map(pair)), world);
    expect(report.outcome).toBe('promoted');
    expect(world.asked('referrers')).toHaveLength(content.manifests.length);
    expect(world.asked('put').toSorted()).toEqual(
      [...tags, ...content.manifests.map(({ digest }) => digest)].map((what) => `${to}/app ${what}`).toSorted(),
    );
    for (const tag of tags) expect(world.asked('get').filter((get) => get === `${from}/app ${tag}`)).toHaveLength(1);
  });
});

function pair(tag: string): [string, string] {
  return [`${from}/app:${tag}`, `${to}/app:${tag}`];
}
