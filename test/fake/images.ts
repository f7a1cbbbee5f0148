import { digestOf } from '../../src/oci/digest.ts';
import {
  blobOf,
  configBlob,
  descriptorOf,
  dockerImage,
  dockerList,
  emptyConfig,
  manifestOf,
  ociImage,
  ociIndex,
  type Platform,
  type SeedContent,
  type SeedManifest,
} from './image-parts.ts';
import { layerOf, type SeedLayer } from './layers.ts';

const amd64: Platform = { os: 'linux', architecture: 'amd64' };

/** The platforms that images are most often built for. */
export const sixPlatforms: readonly Platform[] = [
  amd64,
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
  { os: 'linux', architecture: 'ppc64le' },
  { os: 'linux', architecture: 's390x' },
  { os: 'linux', architecture: 'riscv64' },
];

interface ImageFormat {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
}

const oci: ImageFormat = {
  manifest: ociImage,
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

const docker: ImageFormat = {
  manifest: dockerImage,
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** One OCI image. @param layerSizes of the file in each layer, in bytes */
export function singleImage(seed: string, layerSizes: readonly number[]): SeedContent {
  return imageOf(oci, seed, layersOf(seed, layerSizes), amd64);
}

/** An OCI index with one image a platform; each has a layer of its own, and all share the first. */
export function multiPlatformIndex(seed: string, platforms: readonly Platform[], layerSize: number): SeedContent {
  return indexOf(ociIndex, platformImages(oci, seed, platforms, layerSize));
}

/** An OCI index whose children are an index and an image. */
export function nestedIndex(seed: string): SeedContent {
  const inner = multiPlatformIndex(`${seed} inner`, sixPlatforms.slice(0, 2), 600);
  return indexOf(ociIndex, [{ content: inner }, { content: singleImage(`${seed} beside`, [500]), platform: amd64 }]);
}

/** An artifact with the empty config (image-spec, "Guidelines for Artifact Usage"); `{}` is its layer as well. */
export function emptyConfigArtifact(seed: string): SeedContent {
  return artifactOf(seed, undefined);
}

/** The same, attached to a manifest by `subject`. */
export function attachedArtifact(seed: string, subject: SeedManifest): SeedContent {
  return artifactOf(seed, subject);
}

/** One Docker schema 2 image. */
export function dockerSchema2Image(seed: string, layerSizes: readonly number[]): SeedContent {
  return imageOf(docker, seed, layersOf(seed, layerSizes), amd64);
}

/** A Docker schema 2 manifest list. */
export function dockerSchema2List(seed: string, platforms: readonly Platform[], layerSize: number): SeedContent {
  return indexOf(dockerList, platformImages(docker, seed, platforms, layerSize));
}

/** One OCI image that no serialiser would write: odd white space, an odd order of keys, unknown fields. */
export function oddlyWrittenImage(seed: string): SeedContent {
  const plain = singleImage(seed, [300, 200]);
  const document = Buffer.from(plain.root.bytes).toString();
  const text = `\n{ "x-unknown" : { "kept": [ 1.50, "\\u00e9" ] },\r\n\t ${document.slice(1, -1)}  }\n \n`;
  const root = manifestOf(ociImage, text);
  return { blobs: plain.blobs, manifests: [root], root };
}

/** One OCI image whose last layer, and whose manifest itself, go by sha512. */
export function sha512Image(seed: string): SeedContent {
  const [first, second] = layersOf(seed, [400, 300]);
  if (first === undefined || second === undefined) throw new Error('two layers were made');
  const long = { ...second, blob: { ...second.blob, digest: digestOf(second.blob.bytes, 'sha512') } };
  const image = imageOf(oci, seed, [first, long], amd64);
  const root = { ...image.root, digest: digestOf(image.root.bytes, 'sha512') };
  return { blobs: image.blobs, manifests: [root], root };
}

interface Child {
  readonly content: SeedContent;
  readonly platform?: Platform;
}

function layersOf(seed: string, sizes: readonly number[]): SeedLayer[] {
  return sizes.map((size, index) => layerOf(`${seed} layer ${index}`, size));
}

function imageOf(format: ImageFormat, seed: string, layers: readonly SeedLayer[], platform: Platform): SeedContent {
  const blobs = layers.map(({ blob }) => blob);
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = configBlob(platform, diffIds);
  const document = {
    schemaVersion: 2,
    mediaType: format.manifest,
    config: descriptorOf(format.config, config),
    layers: blobs.map((blob) => descriptorOf(format.layer, blob)),
    ...(format === oci ? { annotations: { seed } } : {}),
  };
  const root = manifestOf(format.manifest, JSON.stringify(document));
  return { blobs: [config, ...blobs], manifests: [root], root };
}

function platformImages(format: ImageFormat, seed: string, platforms: readonly Platform[], size: number): Child[] {
  const shared = layerOf(`${seed} shared`, size);
  return platforms.map((platform) => {
    const name = `${platform.os}/${platform.architecture}/${platform.variant ?? ''}`;
    const own = layerOf(`${seed} ${name}`, size);
    return { content: imageOf(format, seed, [shared, own], platform), platform };
  });
}

function indexOf(mediaType: string, children: readonly Child[]): SeedContent {
  const manifests = children.map(({ content, platform }) => ({
    ...descriptorOf(content.root.mediaType, content.root),
    ...(platform === undefined ? {} : { platform }),
  }));
  const root = manifestOf(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, manifests }, undefined, 2));
  const blobs = new Map(children.flatMap(({ content }) => content.blobs.map((blob) => [blob.digest, blob])));
  return {
    blobs: [...blobs.values()],
    manifests: [...children.flatMap(({ content }) => content.manifests), root],
    root,
  };
}

function artifactOf(seed: string, subject: SeedManifest | undefined): SeedContent {
  const empty = blobOf(Buffer.from('{}'));
  const document = {
    schemaVersion: 2,
    mediaType: ociImage,
    artifactType: 'application/vnd.example.report.v1',
    config: descriptorOf(emptyConfig, empty),
    layers: [descriptorOf(emptyConfig, empty)],
    ...(subject === undefined ? {} : { subject: descriptorOf(subject.mediaType, subject) }),
    annotations: { seed },
  };
  const root = manifestOf(ociImage, JSON.stringify(document));
  return { blobs: [empty], manifests: [root], root };
}
