import pLimit from 'p-limit';
import {
  blobOf,
  descriptorOf,
  manifestOf,
  ociImage,
  type SeedContent,
  type SeedManifest,
} from '../fake/image-parts.ts';
import { layerOf, type SeedLayer } from '../fake/layers.ts';
import type { Stock } from './stock.ts';

/** The images of one repository, by their tags. */
export type TaggedImages = ReadonlyMap<string, SeedContent>;

const imagesAtATime = 8;

/** `v01` and so on, which share their layers; each has a config and a manifest of its own. */
export function tagsThatShare(tags: number, layers: number, layerSize: number): TaggedImages {
  const shared = layersOf('bench tags', layers, layerSize);
  return new Map(numbered('v', tags).map((tag) => [tag, imageOf(`bench ${tag}`, shared)]));
}

/** Images that are built on the same two layers; three more are shared by all tags of an image, and one is each tag's own. */
export function imagesThatShare(images: number, tags: number, layerSize: number): ReadonlyMap<string, TaggedImages> {
  const base = layersOf('bench base', 2, layerSize);
  return new Map(
    numbered('image-', images).map((image) => {
      const layers = [...base, ...layersOf(`bench ${image}`, 3, layerSize)];
      const tagged = numbered('v', tags).map((tag): [string, SeedContent] => {
        const seed = `bench ${image} ${tag}`;
        return [tag, imageOf(seed, [...layers, ...layersOf(seed, 1, layerSize)])];
      });
      return [image, new Map(tagged)];
    }),
  );
}

/** Puts each blob once. @returns what stands at each tag then */
export async function putTagged(
  stock: Stock,
  path: string,
  images: TaggedImages,
): Promise<ReadonlyMap<string, SeedManifest>> {
  const blobs = new Map([...images.values()].flatMap((image) => image.blobs.map((blob) => [blob.digest, blob])));
  const limit = pLimit(imagesAtATime);
  await limit.map(blobs.values(), (blob) => stock.putBlob(path, blob));
  await limit.map(images, ([tag, { root }]) => stock.putManifest(path, tag, root));
  return new Map(Array.from(images, ([tag, { root }]) => [tag, root]));
}

function layersOf(seed: string, count: number, size: number): readonly SeedLayer[] {
  return Array.from({ length: count }, (_layer, index) => layerOf(`${seed} layer ${index}`, size));
}

function imageOf(version: string, layers: readonly SeedLayer[]): SeedContent {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = blobOf(
    Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: { Labels: { version } }, rootfs })),
  );
  const blobs = layers.map(({ blob }) => blob);
  const document = {
    schemaVersion: 2,
    mediaType: ociImage,
    config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
    layers: blobs.map((blob) => descriptorOf('application/vnd.oci.image.layer.v1.tar+gzip', blob)),
  };
  const root = manifestOf(ociImage, JSON.stringify(document));
  return { blobs: [config, ...blobs], manifests: [root], root };
}

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_each, index) => `${prefix}${String(index + 1).padStart(2, '0')}`);
}
