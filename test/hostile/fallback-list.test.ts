import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/oci/reference.ts';
import { compareImages } from '../../src/promotion/compare.ts';
import { promote } from '../../src/promotion/promote.ts';
import type { PromotionPolicy } from '../../src/promotion/request.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import { afterwards, beforehand, instead } from '../fake/faults.ts';
import { attachedArtifact, singleImage } from '../fake/images.ts';
import { keepFallbackTag } from '../fake/lists.ts';
import { seed } from '../fake/seeding.ts';
import { holds } from '../process/route.ts';
import { requestOf } from '../promotion/memory-world.ts';
import { Simulation } from './simulation.ts';

const image = singleImage('listed', [100]);
const ours = attachedArtifact('ours', image.root);
const theirs = attachedArtifact('theirs', image.root);
const tag = image.root.digest.replace(':', '-');
const list = { host: 'to.example', target: new RegExp(`manifests/${tag}$`) };

/** An image with one artifact, on its way between registries that keep no list of referrers themselves. */
function lay() {
  const world = new Simulation(['from.example', 'to.example'], 1, 600_000);
  const { store } = world.registry('from.example');
  seed(image, store, 'a/app', 'v1');
  seed(ours, store, 'a/app', 'ours');
  keepFallbackTag(store.at('a/app'), image.root.digest);
  const live = world.registry('to.example').store.at('b/app');
  const [source, destination] = ['from.example/a/app:v1', 'to.example/b/app:v1'] as const;
  const run = (policy: Partial<PromotionPolicy> = {}) => promote(requestOf([[source, destination]], policy), world);
  const verify = async () => {
    const image = { source: parseReference(source), destinations: [parseReference(destination)] };
    return (await compareImages([image], 'shallow', { attached: 'follow' }, world)).flatMap(({ missing }) => missing);
  };
  const listed = () => {
    const { manifests }: { manifests: { digest: string }[] } = JSON.parse(
      Buffer.from(live.manifest(tag)?.bytes ?? []).toString(),
    );
    return manifests.map(({ digest }) => digest);
  };
  return { world, live, run, verify, listed };
}

describe('the list of what is attached, under the fallback tag', () => {
  it('S2 that a registry takes and does not keep: exit 5 after few looks, no tag', async () => {
    const { world, live, run } = lay();
    world.direct.script.add({ ...list, method: 'PUT', fault: instead(201) });
    const report = await run();
    expect(statusOfReport(report)).toBe(5);
    expect(report.images[0]?.error).toMatchObject({
      code: 'NOT_KEPT',
      message: expect.stringContaining(`destination to.example/b/app:${tag}: `),
    });
    expect(live.tags.has('v1')).toBe(false);
    expect(world.elapsed).toBeLessThan(60_000);
  });

  it.each([
    ['copy', {}],
    ['copy --repair', { repair: true }],
  ])(
    'that a run did not come to put, or that was lost since, is put by %s, and verify misses it',
    async (_how, policy) => {
      const { world, live, run, verify, listed } = lay();
      await run({ attached: 'leave' });
      world.direct.script.add({ ...list, method: 'PUT', fault: instead(403) });
      expect((await run()).images[0]?.error?.code).toBe('DENIED');
      expect(live.manifests.has(ours.root.digest)).toBe(true);
      world.direct.script.clear();
      for (const lose of [() => undefined, () => live.tags.delete(tag)]) {
        lose();
        expect(await verify()).toEqual([
          `to.example/b/app@${ours.root.digest} in the list of what is attached to ${image.root.digest}`,
        ]);
        expect((await run({ dryRun: true })).outcome).toBe('planned');
        expect((await run(policy)).outcome).toBe('promoted');
        expect(listed()).toEqual([ours.root.digest]);
        expect(await verify()).toEqual([]);
        expect((await run(policy)).outcome).toBe('unchanged');
      }
    },
  );

  it('is asked for once a run, however many artifacts it has', async () => {
    const { world, run } = lay();
    const { store } = world.registry('from.example');
    seed(theirs, store, 'a/app', 'theirs');
    keepFallbackTag(store.at('a/app'), image.root.digest);
    await run();
    let asked = 0;
    world.direct.script.add({ ...list, method: 'GET', fault: beforehand(() => (asked += 1)) });
    expect((await run()).outcome).toBe('unchanged');
    expect(asked).toBe(1);
  });

  it.each([1, 2, 3])('S28 that is shown %i looks late is waited for', async (late) => {
    const { world, live, run, listed } = lay();
    let hidden = Number.POSITIVE_INFINITY;
    world.direct.script.add({ ...list, method: 'PUT', nth: [1], fault: afterwards(() => (hidden = late)) });
    world.direct.script.add({
      ...list,
      method: 'GET',
      fault: (request, next) => {
        hidden -= 1;
        return hidden >= 0 && hidden < late ? instead(404)(request, next) : next();
      },
    });
    expect((await run()).outcome).toBe('promoted');
    expect(holds(live, image, 'v1')).toBe(true);
    expect(listed()).toEqual([ours.root.digest]);
  });

  it('that another writer puts at the same time is extended again: both are listed', async () => {
    const { world, live, run, listed } = lay();
    const overwrite = () => {
      live.manifests.delete(ours.root.digest);
      live.putManifest(theirs.root.digest, theirs.root.mediaType, theirs.root.bytes);
      keepFallbackTag(live, image.root.digest);
      live.putManifest(ours.root.digest, ours.root.mediaType, ours.root.bytes);
    };
    world.direct.script.add({ ...list, method: 'PUT', nth: [1], fault: afterwards(overwrite) });
    expect((await run()).outcome).toBe('promoted');
    expect(listed()).toEqual([theirs.root.digest, ours.root.digest]);
  });
});
