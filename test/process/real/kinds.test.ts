import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeedContent } from '../../fake/image-parts.ts';
import {
  dockerSchema2Image,
  dockerSchema2List,
  emptyConfigArtifact,
  multiPlatformIndex,
  nestedIndex,
  oddlyWrittenImage,
  singleImage,
  sixPlatforms,
} from '../../fake/images.ts';
import { push } from '../../fake/seeding.ts';
import { promoted, TwoRegistries } from './registries.ts';
import { needs, rawManifest } from './tools.ts';

const kinds: readonly (readonly [string, SeedContent])[] = [
  ['a single image', singleImage('single', [40_000, 70_000])],
  ['a multi-platform index', multiPlatformIndex('index', sixPlatforms, 30_000)],
  ['a nested index', nestedIndex('nested')],
  ['an artifact with an empty config', emptyConfigArtifact('artifact')],
  ['a Docker schema 2 image', dockerSchema2Image('schema 2', [20_000])],
  ['a Docker schema 2 list', dockerSchema2List('list', sixPlatforms.slice(0, 3), 10_000)],
  ['a manifest with odd white space and unknown fields', oddlyWrittenImage('odd')],
];

const { missing, note } = needs('docker-registry', 'skopeo');

describe.skipIf(missing)(`between two real registries${note}`, () => {
  let registries: TwoRegistries;

  beforeAll(async () => {
    registries = await TwoRegistries.start();
  });

  afterAll(() => registries?.stop());

  it.each(kinds)('S13 copies %s, byte for byte', async (_kind, content) => {
    const { staging, production } = registries;
    const name = content.root.digest.slice(7, 19);
    const source = `${staging.host}/a/repo/${name}:v1`;
    const destination = `${production.host}/b/repo/${name}:v1`;
    await push(content, staging.base, `a/repo/${name}`, 'v1');

    expect(await promoted([source, destination])).toMatchObject({
      outcome: 'promoted',
      images: [{ destination, digest: content.root.digest, outcome: 'promoted', verified: true }],
      blobs: { mounted: 0, uploaded: content.blobs.length, existing: 0 },
    });

    const written = Buffer.from(content.root.bytes).toString();
    expect(await rawManifest(source)).toBe(written);
    expect(await rawManifest(destination)).toBe(written);
    for (const { digest, bytes } of content.manifests) {
      const raw = await rawManifest(destination.replace(':v1', `@${digest}`));
      expect(raw).toBe(Buffer.from(bytes).toString());
    }
    for (const { digest, bytes } of content.blobs) {
      const response = await fetch(`${production.base}/v2/b/repo/${name}/blobs/${digest}`);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    }
  });
});
