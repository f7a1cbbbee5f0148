import { describe, expect, it } from 'vitest';
import { Fault, type FaultCode } from '../../src/fault.ts';
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
      `${to}/app:b is new: remove this tag by the means of its registry`,
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
    expect(hint.split('\n').slice(1)).toEqual(
      put.map((name) => `${name} is new: remove this tag by the means of its registry`),
    );
  });

  it('of Artifact Registry are put back by gcloud where they are new', async () => {
    const live = 'us-docker.pkg.dev/prod/apps/app';
    const world = worldWith(['a', 'b']);
    failTag('b', world);
    const report = await promote(requestOf(['a', 'b'].map((tag) => [`${from}/app:${tag}`, `${live}:${tag}`])), world);
    expect(report.error?.hint).toContain(`gcloud artifacts docker tags delete ${live}:a`);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['DEADLINE', 7],
    ['NETWORK', 7],
    ['DENIED', 3],
  ] as const)('that %s keeps from being read back stay promoted, not verified: exit %i', async (code, status) => {
    const world = worldWith(['a']);
    const old = singleImage('old', [10]);
    seed(old, world.registry(to).store, 'app', 'a');
    failReadBack('a', code, world);
    const report = await promoteTags(['a'], world, { allowMove: true });
    const [image] = report.images;
    expect(report).toMatchObject({ outcome: 'failed', error: image?.error });
    expect(image).toMatchObject({ outcome: 'promoted', verified: false, previousDigest: old.root.digest });
    expect(image?.error).toMatchObject({
      code,
      message: `destination ${to}/app:a was put, but not read back: ${code}`,
    });
    expect(image?.error?.hint).toContain(`promote ${to}/app@${old.root.digest} ${to}/app:a --allow-move`);
    expect(statusOfReport(report)).toBe(status);
    expect(world.registry(to).store.at('app').tags.get('a')).toBe(image?.digest);
  });

  it('with keep-going only those that were not proved are in the hint', async () => {
    const world = worldWith(['a', 'b']);
    failReadBack('b', 'NETWORK', world);
    const report = await promoteTags(['a', 'b'], world, { onFailure: 'keep going' });
    expect(report.images.map(({ outcome, verified }) => [outcome, verified])).toEqual([
      ['promoted', true],
      ['promoted', false],
    ]);
    expect(report.images[1]?.error?.hint?.split('\n').slice(-2)).toEqual([
      'to put the tags back that were put already:',
      `${to}/app:b is new: remove this tag by the means of its registry`,
    ]);
  });

  it.each(['TAG_MOVED', 'NOT_KEPT', 'DIGEST_MISMATCH'] as const)(
    'that are read back with %s have failed',
    async (code) => {
      const world = worldWith(['a']);
      failReadBack('a', code, world);
      expect((await promoteTags(['a'], world)).images[0]).toMatchObject({ outcome: 'failed', error: { code } });
    },
  );

  it.each([
    ['NETWORK', true],
    ['SIGTERM', true],
    ['TAG_IMMUTABLE', false],
  ] as const)('whose PUT ended with %s have failed; that they may stand is said: %j', async (code, isSaid) => {
    const world = worldWith(['a']);
    failTag('a', world, code);
    const [image] = (await promoteTags(['a'], world)).images;
    expect(image).toMatchObject({ outcome: 'failed', verified: false, error: { code } });
    expect(image?.error?.message.includes(`${to}/app:a may have been put all the same`)).toBe(isSaid);
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

  it('that two sources claim by two hosts of one repository are refused', async () => {
    const world = worldWith(['a', 'b']);
    const request = requestOf([
      [`${from}/app:a`, 'us-central1-docker.pkg.dev/prod/apps/app:x'],
      [`${from}/app:b`, 'docker.us-central1.rep.pkg.dev/prod/apps/app:x'],
    ]);
    const report = await promote(request, world);
    expect(report.images.map(({ error }) => error?.code)).toEqual(['TAG_CLAIMED_TWICE', 'TAG_CLAIMED_TWICE']);
    expect(world.operations.filter(({ kind }) => kind !== 'get')).toEqual([]);
  });

  it('that two sources of one digest go to are put once, and told for each', async () => {
    const world = worldWith(['a']);
    const { tags } = world.registry(from).store.at('app');
    tags.set('same', tags.get('a') ?? '');
    const request = requestOf(['a', 'same'].map((tag) => [`${from}/app:${tag}`, `${to}/app:x`]));
    const report = await promote(request, world);
    expect(report.outcome).toBe('promoted');
    expect(report.images.map(({ outcome, verified }) => [outcome, verified])).toEqual([
      ['promoted', true],
      ['promoted', true],
    ]);
    expect(world.asked('put').filter((put) => put === `${to}/app x`)).toHaveLength(1);
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

function failTag(tag: string, world: MemoryWorld, code: FaultCode = 'DENIED'): void {
  world.before = ({ kind, what }) => {
    if (kind === 'put' && what === tag) throw new Fault(code, code);
  };
}

function failReadBack(tag: string, code: FaultCode, world: MemoryWorld): void {
  world.before = ({ kind, what }) => {
    const isPut = world.asked('put').includes(`${to}/app ${tag}`);
    if (kind === 'get' && what === tag && isPut) throw new Fault(code, code);
  };
}
