import { describe, expect, it } from 'vitest';
import { smallBlob } from '../../src/oci/repository.ts';
import { promote } from '../../src/promotion/promote.ts';
import type { SeedBlob } from '../fake/image-parts.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { MemoryWorld, type Operation, requestOf } from './memory-world.ts';

const from = 'src.example';
const to = 'dst.example';
/** bytes of a layer */
const [small, large] = [100, smallBlob + 1000];

describe('blobs on their way to another host', () => {
  it('small ones do not wait for large ones, which go four at a time', async () => {
    const stage = stageOf([...layers(6, large), ...layers(10, small)]);
    let atATime = 0;
    let most = 0;
    stage.world.before = async ({ kind, what }) => {
      if (kind !== 'fetch' || !stage.isLarge(what)) return;
      atATime += 1;
      most = Math.max(most, atATime);
      await stage.allSmallSent;
    };
    stage.world.after = (operation) => {
      stage.take(operation);
      if (operation.kind === 'commit' && stage.isLarge(operation.what)) atATime -= 1;
    };
    expect((await stage.promoted()).outcome).toBe('promoted');
    expect(most).toBe(4);
  }, 5_000);

  it('large ones do not wait for small ones', async () => {
    const stage = stageOf([...layers(40, small), ...layers(2, large)]);
    stage.world.before = async ({ kind, what }) => {
      if (kind === 'fetch' && !stage.isLarge(what)) await stage.allLargeSent;
    };
    stage.world.after = stage.take;
    expect((await stage.promoted()).outcome).toBe('promoted');
  }, 5_000);
});

/** One image to promote, and when each kind of its blobs is at the destination. */
function stageOf(layerSizes: readonly number[]) {
  const world = new MemoryWorld();
  const content = singleImage('lanes', layerSizes);
  seed(content, world.registry(from).store, 'app', 'v1');
  const isLargeBlob = ({ bytes }: SeedBlob): boolean => bytes.length > smallBlob;
  const largeDigests = new Set<string>(content.blobs.filter(isLargeBlob).map(({ digest }) => digest));
  const waiting = { large: largeDigests.size, small: content.blobs.length - largeDigests.size };
  const allLarge = Promise.withResolvers<void>();
  const allSmall = Promise.withResolvers<void>();
  return {
    world,
    isLarge: (digest: string) => largeDigests.has(digest),
    allLargeSent: allLarge.promise,
    allSmallSent: allSmall.promise,
    take: ({ kind, what }: Operation): void => {
      if (kind !== 'commit') return;
      waiting[largeDigests.has(what) ? 'large' : 'small'] -= 1;
      if (waiting.large === 0) allLarge.resolve();
      if (waiting.small === 0) allSmall.resolve();
    },
    promoted: () => promote(requestOf([[`${from}/app:v1`, `${to}/app:v1`]]), world),
  };
}

function layers(count: number, size: number): readonly number[] {
  return Array.from({ length: count }, () => size);
}
