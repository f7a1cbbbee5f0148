import fc from 'fast-check';
import type { FaultCode } from '../../src/fault.ts';
import {
  blobOf,
  descriptorOf,
  manifestOf,
  ociImage,
  ociIndex,
  type SeedBlob,
  type SeedContent,
} from '../fake/image-parts.ts';
import { seed } from '../fake/seeding.ts';
import { type MemoryWorld, type Operation, requestOf } from './memory-world.ts';

/** An image of layers from one pool, or an index of such; images share layers, and indexes share images. */
type Recipe = { readonly layers: readonly number[] } | { readonly children: readonly Recipe[] };

export interface BatchImage {
  readonly recipe: Recipe;
  readonly source: string;
  readonly destinations: readonly string[];
  /** what stands at the destinations' tags before */
  readonly before: 'nothing' | 'the same' | 'another';
}

/** Which operation fails: the nth of its kind. */
export interface Misfortune {
  readonly kind: Operation['kind'];
  readonly nth: number;
  readonly code: FaultCode;
}

const image: fc.Arbitrary<Recipe> = fc.record({
  layers: fc.uniqueArray(fc.nat(5), { minLength: 0, maxLength: 3 }),
});
const index = (child: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> =>
  fc.record({ children: fc.array(child, { minLength: 1, maxLength: 3 }) });
const recipe = fc.oneof(image, index(image), index(fc.oneof(image, index(image))));

const sources = ['src.example/a/app', 'src.example/b/app', 'one.example/a/app'];
const destinations = ['one.example/x/app', 'one.example/y/app', 'two.example/x/app'];

export const batch: fc.Arbitrary<readonly BatchImage[]> = fc
  .array(
    fc.record({
      recipe,
      source: fc.constantFrom(...sources),
      destinations: fc.uniqueArray(fc.constantFrom(...destinations), { minLength: 1, maxLength: 3 }),
      before: fc.constantFrom('nothing' as const, 'nothing' as const, 'the same' as const, 'another' as const),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((images) =>
    images.map((image, number) => ({
      ...image,
      source: `${image.source}:v${number}`,
      destinations: image.destinations.map((name) => `${name}:v${number}`),
    })),
  );

export const misfortunes: fc.Arbitrary<readonly Misfortune[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Operation['kind']>('get', 'head', 'put', 'exists', 'fetch', 'mount', 'commit', 'referrers'),
    nth: fc.integer({ min: 1, max: 20 }),
    code: fc.constantFrom<FaultCode>('DENIED', 'REGISTRY_FAILED', 'DIGEST_MISMATCH', 'NOT_KEPT', 'TAG_IMMUTABLE'),
  }),
  { maxLength: 3 },
);

const another = contentOf({ layers: [9] });

/** Puts a batch's images where they come from, and what stands at its destinations before. */
export function lay(images: readonly BatchImage[], world: MemoryWorld): void {
  for (const { recipe: made, source, destinations: names, before } of images) {
    const content = contentOf(made);
    put(content, source, world);
    if (before === 'nothing') continue;
    for (const name of names) put(before === 'the same' ? content : another, name, world);
  }
}

export function requestFor(images: readonly BatchImage[], policy: Parameters<typeof requestOf>[1]) {
  return requestOf(
    images.map(({ source, destinations: names }) => [source, ...names]),
    policy,
  );
}

/** What stands at a tag, `HOST/PATH:TAG`. */
export function standsAt(name: string, world: MemoryWorld): string | undefined {
  const { host, path, tag } = partsOf(name);
  return world.registry(host).store.at(path).tags.get(tag);
}

/** Makes a content of one's own: a list is an image of these layers, a list of lists an index of such images. */
export function contentOf(made: Recipe): SeedContent {
  if ('layers' in made) return imageOf(made.layers);
  const children = made.children.map(contentOf);
  const manifests = children.map(({ root }) => descriptorOf(root.mediaType, root));
  const root = manifestOf(ociIndex, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
  return {
    blobs: distinct(children.flatMap(({ blobs }) => blobs)),
    manifests: [...distinct(children.flatMap((child) => child.manifests)), root],
    root,
  };
}

function imageOf(layers: readonly number[]): SeedContent {
  const config = blobOf(Buffer.from(`{"layers":${layers.length}}`));
  const blobs = layers.map((number) => blobOf(Buffer.from(`layer ${number}`)));
  const document = {
    schemaVersion: 2,
    mediaType: ociImage,
    config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
    layers: blobs.map((blob) => descriptorOf('application/vnd.oci.image.layer.v1.tar', blob)),
  };
  const root = manifestOf(ociImage, JSON.stringify(document));
  return { blobs: distinct([config, ...blobs]), manifests: [root], root };
}

function distinct<Item extends Pick<SeedBlob, 'digest'>>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.digest, item])).values()];
}

function put(content: SeedContent, name: string, world: MemoryWorld): void {
  const { host, path, tag } = partsOf(name);
  seed(content, world.registry(host).store, path, tag);
}

function partsOf(name: string): { host: string; path: string; tag: string } {
  const [, host = '', path = '', tag = ''] = /^([^/]+)\/(.+):(\w+)$/.exec(name) ?? [];
  return { host, path, tag };
}
