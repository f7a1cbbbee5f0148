import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeedContent } from '../../fake/image-parts.ts';
import { singleImage } from '../../fake/images.ts';
import { push } from '../../fake/seeding.ts';
import { TwoRegistries } from '../real/registries.ts';
import { needs, rawManifest } from '../real/tools.ts';
import { promote } from '../route.ts';

const { missing, note } = needs('docker-registry', 'skopeo');
const imageCount = 50;
const tagCount = 20;
/** so many of an image's tags stand at each of its manifests */
const tagsEach = 4;

describe.skipIf(missing)(`50 images with 20 tags each, which share layers${note}`, () => {
  let registries: TwoRegistries;
  const contents = Array.from({ length: tagCount / tagsEach }, (_, index) =>
    singleImage(`whole ${index}`, [2000, 300]),
  );
  const blobs = new Set(contents.flatMap((content) => content.blobs.map(({ digest }) => digest)));

  beforeAll(async () => {
    registries = await TwoRegistries.start();
    await Promise.all(
      Array.from({ length: imageCount }, async (_, image) => {
        for (const [index, content] of contents.entries())
          await pushTags(content, `staging/apps/image-${image}`, index);
      }),
    );
  }, 120_000);
  afterAll(() => registries?.stop());

  async function pushTags(content: SeedContent, path: string, index: number): Promise<void> {
    const { base } = registries.staging;
    await push(content, base, path, `v${index * tagsEach}`);
    const { bytes, mediaType } = content.root;
    for (let tag = index * tagsEach + 1; tag < (index + 1) * tagsEach; tag += 1) {
      const headers = { 'content-type': mediaType };
      await fetch(`${base}/v2/${path}/manifests/v${tag}`, { method: 'PUT', body: Uint8Array.from(bytes), headers });
    }
  }

  it('send each blob once a destination repository at most, each from the source once; again, nothing is written', async () => {
    const { staging, production } = registries;
    const sourceBefore = (await staging.accesses()).length;
    const pair = [`${staging.host}/staging/apps`, `${production.host}/prod/apps`];
    const first = await promote(['--recursive', ...pair], {});
    expect(first.status).toBe(0);
    expect(first.report.images).toHaveLength(imageCount * tagCount);

    const written = (await production.accesses()).filter((line) => /^PUT \S+\/blobs\/uploads\/\S+ \S+ 201$/.test(line));
    const uploads = written.map((line) =>
      /\/v2\/(\S+)\/blobs\/uploads\/.*digest=([^& ]+)/.exec(line)?.slice(1, 3).join(' '),
    );
    expect(new Set(uploads).size).toBe(uploads.length);
    expect(uploads).toHaveLength(blobs.size);
    const read = (await staging.accesses()).slice(sourceBefore).filter((line) => /^GET \S+\/blobs\//.test(line));
    expect(read).toHaveLength(blobs.size);
    for (const reference of ['image-0:v0', 'image-31:v13', 'image-49:v19']) {
      expect(await rawManifest(`${production.host}/prod/apps/${reference}`)).toBe(
        await rawManifest(`${staging.host}/staging/apps/${reference}`),
      );
    }

    const before = (await production.accesses()).length;
    const again = await promote(['--recursive', ...pair], {});
    expect(again.report).toMatchObject({ outcome: 'unchanged', bytesUploaded: 0 });
    const asked = (await production.accesses()).slice(before);
    expect(asked.filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
  }, 120_000);
});
