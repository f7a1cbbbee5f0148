import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { promote } from '../../src/promotion/promote.ts';
import type { PromotionPolicy } from '../../src/promotion/request.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const from = 'src.example';
const to = 'dst.example';

describe('the tags of a batch', () => {
  it('stop at the first that fails; the hint has the commands for those that were put, and no others', async () => {
    const world = worldWith(['a', 'b', 'c', 'd']);
    const old = singleImage('old', [10]);
    seed(old, world.registry(to).store, 'app', 'a');
    failTag('c', world);
    const report = await promoteTags(['a', 'b', 'c', 'd'], world, { allowMove: true });
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['promoted', 'promoted', 'failed', 'withheld']);
    expect(report.images.map(({ verified }) => verified)).toEqual([true, true, false, false]);
    expect(report.images[0]?.previousDigest).toBe(old.root.digest);
    expect(report.images[2]?.error?.hint?.split('\n')).toEqual([
      'to put the tags back that were put already:',
      `promote ${to}/app@${old.root.digest} ${to}/app:a --allow-move`,
      `gcloud artifacts docker tags delete ${to}/app:b`,
    ]);
    expect(statusOfReport(report)).toBe(8);
    expect(world.registry(to).store.at('app').tags.has('d')).toBe(false);
  });

  it('that are put several at a time are all in the hint, those too that were under way at the failure', async () => {
    const tags = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const world = worldWith(tags);
    failTag('t3', world);
    const report = await promoteTags(tags, world);
    const put = report.images.flatMap(({ outcome, destination }) => (outcome === 'promoted' ? [destination] : []));
    expect(put.length).toBeGreaterThan(3);
    expect(put.length).toBeLessThan(30);
    const hint = report.images[3]?.error?.hint ?? '';
    expect(hint.split('\n').slice(1)).toEqual(put.map((name) => `gcloud artifacts docker tags delete ${name}`));
  });

  it('with keep-going go on after a failure', async () => {
    const world = worldWith(['a', 'b', 'c']);
    failTag('a', world);
    const report = await promoteTags(['a', 'b', 'c'], world, { onFailure: 'keep going' });
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['failed', 'promoted', 'promoted']);
    expect(statusOfReport(report)).toBe(8);
  });

  it('S5 S29 are refused where one would move, before anything is written; all that would move are told', async () => {
    const world = worldWith(['a', 'b', 'c']);
    for (const tag of ['a', 'c']) seed(singleImage('old', [10]), world.registry(to).store, 'app', tag);
    const report = await promoteTags(['a', 'b', 'c'], world);
    expect(report.images.map(({ error }) => error?.code)).toEqual(['TAG_WOULD_MOVE', undefined, 'TAG_WOULD_MOVE']);
    expect(report.images[1]?.outcome).toBe('withheld');
    expect(statusOfReport(report)).toBe(6);
    expect(world.operations.filter(({ kind }) => kind !== 'get')).toEqual([]);
  });

  it('S6 are refused where one moved while the content was copied: none is put', async () => {
    const world = worldWith(['a', 'b', 'c']);
    const other = singleImage('other', [10]);
    world.after = ({ kind, what }) => {
      if (kind === 'put' && what.startsWith('sha256:')) seed(other, world.registry(to).store, 'app', 'b');
    };
    const report = await promoteTags(['a', 'b', 'c'], world);
    expect(report.images.map(({ error }) => error?.code)).toEqual([undefined, 'TAG_MOVED', undefined]);
    expect(statusOfReport(report)).toBe(6);
    expect([...world.registry(to).store.at('app').tags]).toEqual([['b', other.root.digest]]);
  });

  it('that two sources claim are refused, and nothing is written', async () => {
    const world = worldWith(['a', 'b']);
    const request = requestOf([
      [`${from}/app:a`, `${to}/app:x`],
      [`${from}/app:b`, `${to}/app:x`],
    ]);
    const report = await promote(request, world);
    expect(report.images.map(({ error }) => error?.code)).toEqual(['TAG_CLAIMED_TWICE', 'TAG_CLAIMED_TWICE']);
    expect(statusOfReport(report)).toBe(6);
    expect(world.operations.filter(({ kind }) => kind !== 'get')).toEqual([]);
  });

  it('S28 that a registry shows late are waited for; one that it never shows fails', async () => {
    const world = worldWith(['a', 'b']);
    const { tags } = world.registry(to).store.at('app');
    world.before = ({ kind, repository, what }) => {
      const reads = world.asked('get').filter((read) => read === `${to}/app a`).length;
      if (kind === 'get' && repository === `${to}/app` && what === 'a' && reads === 2) tags.delete('a');
      if (kind === 'get' && repository === `${to}/app` && what === 'b') tags.delete('b');
      const digest = [...world.registry(from).store.at('app').tags].find(([tag]) => tag === 'a')?.[1];
      if (kind === 'get' && what === 'a' && reads === 3 && digest !== undefined) tags.set('a', digest);
    };
    const report = await promoteTags(['a', 'b'], world);
    expect(report.images.map(({ outcome, error }) => error?.code ?? outcome)).toEqual(['promoted', 'NOT_KEPT']);
    expect(statusOfReport(report)).toBe(8);
  });

  it('that fail in several ways: exit 8; in one way: its class', async () => {
    const world = worldWith(['a', 'b', 'c']);
    const { tags } = world.registry(from).store.at('app');
    tags.delete('a');
    seed(singleImage('old', [10]), world.registry(to).store, 'app', 'b');
    const both = await promoteTags(['a', 'b', 'c'], world, { onFailure: 'keep going' });
    expect(both.images.map(({ error, outcome }) => error?.code ?? outcome)).toEqual([
      'NOT_FOUND',
      'TAG_WOULD_MOVE',
      'promoted',
    ]);
    expect(statusOfReport(both)).toBe(8);
    const mixed = await promoteTags(['a', 'b'], world);
    expect(statusOfReport(mixed)).toBe(8);
    const alone = await promoteTags(['a'], world);
    expect(statusOfReport(alone)).toBe(4);
  });
});

/** Images with a layer of their own, and one tag each. */
function worldWith(tags: readonly string[]): MemoryWorld {
  const world = new MemoryWorld();
  for (const tag of tags) seed(singleImage(`image ${tag}`, [20]), world.registry(from).store, 'app', tag);
  return world;
}

function promoteTags(tags: readonly string[], world: MemoryWorld, policy: Partial<PromotionPolicy> = {}) {
  return promote(
    requestOf(
      tags.map((tag) => [`${from}/app:${tag}`, `${to}/app:${tag}`]),
      policy,
    ),
    world,
  );
}

function failTag(tag: string, world: MemoryWorld): void {
  world.before = ({ kind, what }) => {
    if (kind === 'put' && what === tag) throw new Fault('DENIED', 'no');
  };
}
