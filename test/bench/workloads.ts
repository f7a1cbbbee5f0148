import type { SeedManifest } from '../fake/image-parts.ts';
import { type Distance, elsewhere, type Ground, type Host, here } from './ground.ts';
import { putLargeImage, smallImage, smallIndex } from './images.ts';

/** What a workload must reach, in the median. */
export interface Bar {
  /** wall time, as a multiple of what it is compared with */
  readonly ratio: number;
  readonly requests?: number;
  readonly connections?: number;
  readonly peakMiB?: number;
}

interface Named {
  readonly name: string;
  /** for people */
  readonly title: string;
  readonly bar: Bar;
}

/** An image to copy. */
export interface CopyWorkload extends Named {
  readonly kind: 'copy';
  readonly distance: Distance;
  readonly destination: Host;
  /** a new repository each time, or one that has the image already */
  readonly repository: 'fresh' | 'filled';
  /** fills the source (and a filled destination) at these paths. @returns the image's manifest */
  prepare(ground: Ground, sourcePath: string, destinationPath: string): Promise<SeedManifest>;
}

/** Only the start of the process. */
export interface StartWorkload extends Named {
  readonly kind: 'start';
}

export type Workload = CopyWorkload | StartWorkload;

/** the tag of every image here */
export const tag = 'v1';

export const workloads: readonly Workload[] = [
  {
    name: 'start',
    title: 'the version, or help: only the start of the process',
    kind: 'start',
    bar: { ratio: 1.2 },
  },
  {
    name: 'image-same-host',
    title: 'one image of 8 layers, same host, 20 ms',
    ...copied('far', here, prepareImage),
    bar: { ratio: 0.85, requests: 14, connections: 1 },
  },
  {
    name: 'index-same-host',
    title: 'index of 6 × 8 layers, same host, 20 ms',
    ...copied('far', here, prepareIndex),
    bar: { ratio: 0.6, requests: 77, connections: 1 },
  },
  {
    name: 'unchanged',
    title: 'already there, 20 ms',
    ...copied('far', here, prepareUnchanged),
    repository: 'filled',
    bar: { ratio: 1.1, requests: 2 },
  },
  {
    name: 'image-other-host',
    title: 'one image, other host, 20 ms',
    ...copied('far', elsewhere, prepareImage),
    bar: { ratio: 0.75, requests: 41 },
  },
  {
    name: 'index-other-host',
    title: 'index, other host, 20 ms',
    ...copied('far', elsewhere, prepareIndex),
    bar: { ratio: 0.7, requests: 239 },
  },
  {
    name: 'layers-512m',
    title: '512 MiB in 8 layers, other host, no delay',
    ...copied('near', elsewhere, prepareLayers),
    bar: { ratio: 1.05, peakMiB: 180 },
  },
  {
    name: 'layer-2g',
    title: 'one layer of 2 GiB, other host, no delay',
    ...copied('near', elsewhere, prepareLayer),
    bar: { ratio: 1.05, peakMiB: 160 },
  },
];

function copied(
  distance: Distance,
  destination: Host,
  prepare: CopyWorkload['prepare'],
): Omit<CopyWorkload, keyof Named> {
  return { kind: 'copy', repository: 'fresh', distance, destination, prepare };
}

async function prepareImage({ registries }: Ground, sourcePath: string): Promise<SeedManifest> {
  const image = smallImage();
  await registries[here].stock.put(image, sourcePath, tag);
  return image.root;
}

async function prepareIndex({ registries }: Ground, sourcePath: string): Promise<SeedManifest> {
  const index = smallIndex();
  await registries[here].stock.put(index, sourcePath, tag);
  return index.root;
}

async function prepareUnchanged(ground: Ground, sourcePath: string, destinationPath: string): Promise<SeedManifest> {
  await prepareImage(ground, sourcePath);
  return prepareImage(ground, destinationPath);
}

function prepareLayers({ registries }: Ground, sourcePath: string): Promise<SeedManifest> {
  return putLargeImage(registries[here].stock, sourcePath, tag, 8, 64);
}

function prepareLayer({ registries }: Ground, sourcePath: string): Promise<SeedManifest> {
  return putLargeImage(registries[here].stock, sourcePath, tag, 1, 2048);
}
