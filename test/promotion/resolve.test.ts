import { expect, it } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf, parseDigest } from '../../src/oci/digest.ts';
import type { Manifest } from '../../src/oci/manifest.ts';
import type { Reference } from '../../src/oci/reference.ts';
import { Resolver } from '../../src/promotion/resolve.ts';
import { ociImage, ociIndex } from '../fake/image-parts.ts';
import { altered } from '../fake/memory-repository.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const mebibyte = 1024 * 1024;
const from = 'src.example';
/** Whose bytes they are does not matter here: only how many. */
const large = new Uint8Array(8 * mebibyte);

/** A source where every tag is an index of `children` manifests of 8 MiB, unlike those of every other tag. */
class HeavyWorld extends MemoryWorld {
  readonly read: string[] = [];
  readonly #children: number;

  constructor(children: number) {
    super();
    this.#children = children;
  }

  override open(reference: Reference) {
    return altered(super.open(reference), {
      get: async (wanted) => {
        if (reference.host !== from) return undefined;
        this.read.push(wanted);
        return wanted.startsWith('sha256:') ? manifest(large, wanted, []) : this.#index(wanted);
      },
    });
  }

  #index(tag: string): Manifest {
    const children = Array.from({ length: this.#children }, (_, index) => ({
      mediaType: ociImage,
      digest: digestOf(Buffer.from(`${tag} ${index}`), 'sha256'),
      size: large.length,
    }));
    return manifest(Buffer.from(tag), digestOf(Buffer.from(tag), 'sha256'), children);
  }
}

function manifest(bytes: Uint8Array, digest: string, manifests: readonly Descriptor[]): Manifest {
  const kind = manifests.length > 0 ? 'index' : 'image';
  const mediaType = kind === 'index' ? ociIndex : ociImage;
  const rest = { blobs: [], subject: undefined, artifactType: undefined };
  return { bytes, digest: parseDigest(digest, 'it'), mediaType, kind, manifests, ...rest };
}

it('a run holds no more than 1 GiB of manifests: past that no image is read whole, and the hint says how to go on', async () => {
  const world = new HeavyWorld(16);
  const resolver = new Resolver(world, 'whole');
  const resolve = async (tag: string) => {
    const [image] = requestOf([[`${from}/p/a:${tag}`, `dst.example/p/a:${tag}`]]).images;
    if (image === undefined) throw new Error('it is one');
    return (await resolver.resolve(image)).graph.manifests.size;
  };
  const exceeded = { code: 'LIMIT_EXCEEDED', hint: expect.stringContaining('several runs') };
  // What is shared is held once.
  for (const tag of ['v1', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7']) expect(await resolve(tag)).toBe(17);
  await expect(resolve('v8')).rejects.toMatchObject(exceeded);
  const read = world.read.length;
  await expect(resolve('v9')).rejects.toMatchObject(exceeded);
  expect(world.read.slice(read)).toEqual(['v9']);
});
