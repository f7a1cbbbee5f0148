import type { Digest } from '../../src/oci/digest.ts';
import type { SeedManifest } from '../fake/image-parts.ts';
import { imagesThatShare, putTagged, tagsThatShare } from './batches.ts';
import type { Attached, Extent } from './contenders.ts';
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

/** What stands at a tag of the source, and is to stand at the destination's. */
export interface Stored {
  /** its repository below the workload's path: empty, or `/NAME` */
  readonly below: string;
  readonly tag: string;
  readonly digest: Digest;
}

/** Something to copy. */
export interface CopyWorkload extends Named {
  readonly kind: 'copy';
  readonly extent: Extent;
  readonly attached: Attached;
  /** what takes long is not run more often */
  readonly mostRounds: number;
  /** so long it takes at least, its preparation included: where less time is left, it is not begun */
  readonly leastMs: number;
  readonly distance: Distance;
  readonly destination: Host;
  /** a new repository each time, or one that has the image already */
  readonly repository: 'fresh' | 'filled';
  /** fills the source (and a filled destination) at these paths */
  prepare(ground: Ground, sourcePath: string, destinationPath: string): Promise<readonly Stored[]>;
}

/** Only the start of the process. */
export interface StartWorkload extends Named {
  readonly kind: 'start';
}

export type Workload = CopyWorkload | StartWorkload;

/** How often a workload is run where so many rounds are asked for. */
export function roundsFor(workload: Workload, asked: number): number {
  return workload.kind === 'start' ? asked : Math.min(asked, workload.mostRounds);
}

/** the tag of an image that is copied alone */
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
    attached: 'leave',
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
    name: 'tags-40',
    title: '40 tags that share 8 layers, same host, 20 ms',
    ...copied('far', here, prepareTags),
    extent: 'tags',
    bar: { ratio: 0.5 },
  },
  {
    name: 'tags-40-other',
    title: '40 tags that share 8 layers, other host, 20 ms',
    ...copied('far', elsewhere, prepareTags),
    extent: 'tags',
    bar: { ratio: 0.5 },
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
  {
    name: 'recursive-50x20',
    title: '50 images × 20 tags that share layers, other host, no delay',
    ...copied('near', elsewhere, prepareRepositories),
    extent: 'repository',
    mostRounds: 1,
    leastMs: 60_000,
    bar: { ratio: 0.5 },
  },
  {
    name: 'recursive-50x20-far',
    title: '50 images × 20 tags that share layers, other host, 20 ms',
    ...copied('far', elsewhere, prepareRepositories),
    extent: 'repository',
    mostRounds: 1,
    leastMs: 100_000,
    bar: { ratio: 0.5 },
  },
];

function copied(
  distance: Distance,
  destination: Host,
  prepare: CopyWorkload['prepare'],
): Omit<CopyWorkload, keyof Named> {
  const often = { mostRounds: Number.POSITIVE_INFINITY, leastMs: 0 };
  return {
    kind: 'copy',
    extent: 'image',
    attached: 'follow',
    repository: 'fresh',
    distance,
    destination,
    prepare,
    ...often,
  };
}

async function prepareImage({ registries }: Ground, sourcePath: string): Promise<readonly Stored[]> {
  const image = smallImage();
  await registries[here].stock.put(image, sourcePath, tag);
  return alone(image.root);
}

async function prepareIndex({ registries }: Ground, sourcePath: string): Promise<readonly Stored[]> {
  const index = smallIndex();
  await registries[here].stock.put(index, sourcePath, tag);
  return alone(index.root);
}

async function prepareUnchanged(
  ground: Ground,
  sourcePath: string,
  destinationPath: string,
): Promise<readonly Stored[]> {
  await prepareImage(ground, sourcePath);
  return prepareImage(ground, destinationPath);
}

async function prepareLayers({ registries }: Ground, sourcePath: string): Promise<readonly Stored[]> {
  return alone(await putLargeImage(registries[here].stock, sourcePath, tag, 8, 64));
}

async function prepareLayer({ registries }: Ground, sourcePath: string): Promise<readonly Stored[]> {
  return alone(await putLargeImage(registries[here].stock, sourcePath, tag, 1, 2048));
}

async function prepareTags({ registries }: Ground, sourcePath: string): Promise<readonly Stored[]> {
  const put = await putTagged(registries[here].stock, sourcePath, tagsThatShare(40, 8, 200_000));
  return Array.from(put, ([tag, { digest }]) => ({ below: '', tag, digest }));
}

async function prepareRepositories({ registries }: Ground, sourcePath: string): Promise<readonly Stored[]> {
  const stored: Stored[] = [];
  for (const [image, tagged] of imagesThatShare(50, 20, 10_000)) {
    const put = await putTagged(registries[here].stock, `${sourcePath}/${image}`, tagged);
    for (const [tag, { digest }] of put) stored.push({ below: `/${image}`, tag, digest });
  }
  return stored;
}

function alone({ digest }: SeedManifest): readonly Stored[] {
  return [{ below: '', tag, digest }];
}
