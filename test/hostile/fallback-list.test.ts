import { describe, expect, it } from 'vitest';
import { promote } from '../../src/promotion/promote.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import { afterwards, instead } from '../fake/faults.ts';
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
  const run = () => promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
  const listed = () => {
    const { manifests }: { manifests: { digest: string }[] } = JSON.parse(
      Buffer.from(live.manifest(tag)?.bytes ?? []).toString(),
    );
    return manifests.map(({ digest }) => digest);
  };
  return { world, live, run, listed };
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
