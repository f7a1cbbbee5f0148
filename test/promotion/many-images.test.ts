import { describe, expect, it } from 'vitest';
import { smallBlob } from '../../src/oci/repository.ts';
import { compareImages } from '../../src/promotion/compare.ts';
import { promote } from '../../src/promotion/promote.ts';
import { blobsAtATime, imagesAtATime } from '../../src/promotion/world.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { MemoryWorld, type Operation, requestOf } from './memory-world.ts';

const from = 'src.example';
const to = 'dst.example';

describe('a batch of hundreds of images', () => {
  it('is brought some at a time, each in a repository of its own, so that memory holds those alone', async () => {
    const world = new MemoryWorld();
    const names = Array.from({ length: 3 * imagesAtATime }, (_, index) => `app-${index}`);
    for (const name of names) seed(singleImage(name, [100]), world.registry(from).store, name, 'v1');
    const brought = underWay(({ kind, repository, what }) => {
      if (!repository.startsWith(to)) return undefined;
      if (kind === 'exists') return { image: repository, side: 'begins' };
      return kind === 'put' && what.startsWith('sha256:') ? { image: repository, side: 'ends' } : undefined;
    });
    world.before = (operation) => brought.see(operation, 'begins');
    world.after = (operation) => brought.see(operation, 'ends');
    const report = await promote(requestOf(names.map((name) => [`${from}/${name}:v1`, `${to}/${name}:v1`])), world);
    expect(report.images.map(({ outcome }) => outcome)).toEqual(names.map(() => 'promoted'));
    expect(brought.most()).toBeLessThanOrEqual(imagesAtATime);
    // Fewer than that would leave requests idle.
    expect(brought.most()).toBeGreaterThan(imagesAtATime / 2);
  });

  it('is compared deeply with the bytes of a few large blobs under way, whatever the number of images', async () => {
    const world = new MemoryWorld();
    const contents = ['x', 'y', 'z'].map((name) => ({
      name,
      content: singleImage(
        name,
        [1, 2, 3].map((more) => smallBlob + more),
      ),
    }));
    for (const { name, content } of contents) {
      for (const host of [from, to]) seed(content, world.registry(host).store, name, 'v1');
    }
    const layers = new Set<string>(
      contents.flatMap(({ content }) => content.blobs.slice(1).map(({ digest }) => digest)),
    );
    let [underWay, most] = [0, 0];
    world.before = async ({ kind, what }) => {
      if (kind !== 'fetch' || !layers.has(what)) return;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
    };
    const { images } = requestOf(contents.map(({ name }) => [`${from}/${name}:v1`, `${to}/${name}:v1`]));
    const compared = await compareImages(images, 'deep', { attached: 'leave' }, world);
    expect(compared.map(({ same }) => same)).toEqual([true, true, true]);
    expect(most).toBe(blobsAtATime);
  });
});

type Sight = { readonly image: string | undefined; readonly side: 'begins' | 'ends' } | undefined;

/** How many images are between the operation that begins them and the one that ends them. */
function underWay(sightOf: (operation: Operation) => Sight) {
  const open = new Set<string | undefined>();
  let most = 0;
  return {
    see: (operation: Operation, side: 'begins' | 'ends'): void => {
      const sight = sightOf(operation);
      if (sight === undefined || sight.side !== side) return;
      if (side === 'begins') open.add(sight.image);
      else open.delete(sight.image);
      most = Math.max(most, open.size);
    },
    most: () => most,
  };
}
