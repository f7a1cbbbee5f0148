import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Digest } from '../../src/oci/digest.ts';
import {
  descriptorOf,
  manifestOf,
  ociImage,
  ociIndex,
  type SeedContent,
  type SeedManifest,
} from '../fake/image-parts.ts';
import { singleImage, sixPlatforms } from '../fake/images.ts';
import { bytesFrom } from '../fake/layers.ts';
import type { Stock } from './stock.ts';

const chunkSize = 1024 * 1024;
const eightSmallLayers = Array.from({ length: 8 }, () => 200_000);

/** One image of eight layers of 200 KB. */
export function smallImage(): SeedContent {
  return singleImage('bench image', eightSmallLayers);
}

/** An index of six such images that share nothing. */
export function smallIndex(): SeedContent {
  const images = sixPlatforms.map((platform) => ({
    platform,
    content: singleImage(`bench index ${Object.values(platform).join('-')}`, eightSmallLayers),
  }));
  const manifests = images.map(({ content: { root }, platform }) => ({
    ...descriptorOf(root.mediaType, root),
    platform,
  }));
  const root = manifestOf(ociIndex, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
  return {
    blobs: images.flatMap(({ content }) => content.blobs),
    manifests: [...images.flatMap(({ content }) => content.manifests), root],
    root,
  };
}

/**
 * Puts an image with large layers straight into a registry; no layer is ever in memory as a whole. The layers are
 * gzip streams of bytes that do not compress; nobody unpacks them here.
 * @param layerSize in MiB
 * @returns the image's manifest
 */
export async function putLargeImage(
  stock: Stock,
  path: string,
  tag: string,
  layers: number,
  layerSize: number,
): Promise<SeedManifest> {
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } };
  const configured = await stock.putStream(path, Readable.from([Buffer.from(JSON.stringify(config))]));
  const descriptors: { readonly digest: Digest; readonly size: number }[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    const chunks = Readable.from(randomChunks(`${tag} layer ${layer}`, layerSize));
    descriptors.push(await stock.putStream(path, chunks.pipe(createGzip({ level: 0, chunkSize }))));
  }
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const document = {
    schemaVersion: 2,
    mediaType: ociImage,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...configured },
    layers: descriptors.map((descriptor) => ({ mediaType, ...descriptor })),
  };
  const manifest = manifestOf(ociImage, JSON.stringify(document));
  await stock.putManifest(path, tag, manifest);
  return manifest;
}

function* randomChunks(seed: string, count: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield bytesFrom(`${seed} chunk ${index}`, chunkSize);
}
