import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { prepare } from '../../src/promotion/prepare.ts';
import { promote } from '../../src/promotion/promote.ts';
import type { PromotionPolicy } from '../../src/promotion/request.ts';
import { attachedArtifact, emptyConfigArtifact, singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const content = singleImage('rehearsed', [20]);
const signature = attachedArtifact('signature', content.root);
const byTag = emptyConfigArtifact('by tag');
const cosignTag = `${content.root.digest.replace(':', '-')}.sig`;
const there = { outcome: 'unchanged', verified: true };
const toDo = { outcome: 'planned', verified: false };

describe('a dry run where the tag has the digest already', () => {
  let world: MemoryWorld;

  beforeEach(() => {
    world = new MemoryWorld();
    for (const host of ['src.example', 'dst.example']) seed(content, world.registry(host).store, 'app', 'v1');
  });

  const run = (policy: Partial<PromotionPolicy>) =>
    promote(requestOf([['src.example/app:v1', 'dst.example/app:v1']], policy), world);
  const rehearse = (policy: Partial<PromotionPolicy> = {}) => run({ ...policy, dryRun: true });
  const put = (artifact: typeof signature, host: string, tag: string) =>
    seed(artifact, world.registry(host).store, 'app', tag);

  it('is unchanged where nothing would be written', async () => {
    for (const host of ['src.example', 'dst.example']) {
      put(signature, host, 'signature');
      put(byTag, host, cosignTag);
    }
    expect(await rehearse()).toMatchObject({ outcome: 'unchanged', images: [there] });
    expect((await run({})).outcome).toBe('unchanged');
  });

  it.each([
    ['by its subject', signature, 'signature'],
    ['by a tag of cosign', byTag, cosignTag],
  ])('is planned where a signature that was made later would follow, found %s', async (_how, artifact, tag) => {
    put(artifact, 'src.example', tag);
    expect(await rehearse()).toMatchObject({ outcome: 'planned', images: [toDo] });
    expect(world.operations.filter(({ kind }) => !['get', 'head', 'referrers'].includes(kind))).toEqual([]);
    expect((await rehearse({ attached: 'leave' })).outcome).toBe('unchanged');
    expect((await run({})).outcome).toBe('promoted');
  });

  it('takes a tag of cosign that stands at something else as it would be taken', async () => {
    put(byTag, 'src.example', cosignTag);
    put(emptyConfigArtifact('theirs'), 'dst.example', cosignTag);
    expect((await rehearse()).outcome).toBe('unchanged');
    expect((await rehearse({ allowMove: true })).outcome).toBe('planned');
  });

  it('is planned where --repair would look below', async () => {
    expect(await rehearse({ repair: true })).toMatchObject({ outcome: 'planned', images: [toDo] });
  });

  it.each(['a refusal', 'a look that fails'])('and %s: the others are withheld, as they would be', async (what) => {
    const other = singleImage('beside', [20]);
    seed(other, world.registry('src.example').store, 'app', 'v2');
    world.before = ({ kind, what: subject }) => {
      if (what === 'a look that fails' && kind === 'referrers' && subject === content.root.digest)
        throw new Fault('DENIED', 'no');
    };
    if (what === 'a refusal') seed(singleImage('other', [20]), world.registry('dst.example').store, 'app', 'v1');
    const request = requestOf(
      [
        ['src.example/app:v1', 'dst.example/app:v1'],
        ['src.example/app:v2', 'dst.example/app:v2'],
      ],
      { dryRun: true },
    );
    for (const { images } of [await promote(request, world), (await prepare(request, world)).report]) {
      expect(images[1]?.outcome).toBe('withheld');
    }
  });

  it.each([
    ['that is there already', 'v1'],
    ['that is still to be brought', 'v2'],
  ])('fails where what is attached to an image %s cannot be looked at, as copy does', async (_which, tag) => {
    world.before = ({ kind }) => {
      if (kind === 'referrers') throw new Fault('DENIED', 'no');
    };
    const to = (policy: Partial<PromotionPolicy>) =>
      promote(requestOf([['src.example/app:v1', `dst.example/app:${tag}`]], policy), world);
    expect((await to({ dryRun: true, attached: 'leave' })).outcome).not.toBe('failed');
    for (const policy of [{ dryRun: true }, { dryRun: true, repair: true }]) {
      expect((await to(policy)).images).toMatchObject([{ outcome: 'failed', error: { code: 'DENIED' } }]);
    }
  });
});
