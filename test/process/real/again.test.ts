import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { push } from '../../fake/seeding.ts';
import { promoted, TwoRegistries } from './registries.ts';
import { needs, rawManifest } from './tools.ts';

const { missing, note } = needs('docker-registry', 'skopeo');

describe.skipIf(missing)(`what a real registry is spared${note}`, () => {
  let registries: TwoRegistries;

  beforeAll(async () => {
    registries = await TwoRegistries.start();
  });

  afterAll(() => registries?.stop());

  it('mounts every blob from one repository into another of the same registry, and sends none', async () => {
    const { staging } = registries;
    const content = multiPlatformIndex('mounted', sixPlatforms.slice(0, 2), 50_000);
    await push(content, staging.base, 'a/repo/mounted', 'v1');
    const before = await staging.accesses();

    const references = [`${staging.host}/a/repo/mounted:v1`, `${staging.host}/b/repo/mounted:v1`];
    expect(await promoted(references)).toMatchObject({
      outcome: 'promoted',
      blobs: { mounted: content.blobs.length, uploaded: 0, existing: 0 },
      bytesUploaded: 0,
    });

    const asked = (await staging.accesses()).slice(before.length);
    const posts = asked.filter((line) => line.startsWith('POST '));
    expect(posts).toHaveLength(content.blobs.length);
    for (const post of posts) expect(post).toMatch(/^POST \/v2\/b\/repo\/mounted\/blobs\/uploads\/\?\S*mount=.* 201$/);
    expect(asked.filter((line) => line.includes('/blobs/') && !line.startsWith('POST '))).toEqual([]);
    expect(await rawManifest(`${staging.host}/b/repo/mounted:v1`)).toBe(Buffer.from(content.root.bytes).toString());
  });

  it('S30 a second run only reads: no blob is asked for, and nothing is written', async () => {
    const { staging, production } = registries;
    const content = multiPlatformIndex('twice', sixPlatforms, 5_000);
    await push(content, staging.base, 'a/repo/twice', 'v1');
    const references = [`${staging.host}/a/repo/twice:v1`, `${production.host}/b/repo/twice:v1`];
    expect(await promoted(references)).toMatchObject({ outcome: 'promoted' });
    const [sourceBefore, destinationBefore] = [await staging.accesses(), await production.accesses()];

    expect(await promoted(references)).toMatchObject({
      outcome: 'unchanged',
      images: [{ outcome: 'unchanged', verified: true, digest: content.root.digest }],
      blobs: { mounted: 0, uploaded: 0, existing: 0 },
      bytesUploaded: 0,
    });

    const atSource = (await staging.accesses()).slice(sourceBefore.length);
    const atDestination = (await production.accesses()).slice(destinationBefore.length);
    expect(atSource).toContain('GET /v2/a/repo/twice/manifests/v1 HTTP/1.1 200');
    expect(atDestination).toContain('GET /v2/b/repo/twice/manifests/v1 HTTP/1.1 200');
    expect([...atSource, ...atDestination].filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
    expect([...atSource, ...atDestination].filter((line) => line.includes('/blobs/'))).toEqual([]);
  });

  it('sends only the blobs that the destination lacks', async () => {
    const { staging, production } = registries;
    const platforms = sixPlatforms.slice(0, 2);
    const whole = multiPlatformIndex('shared', platforms, 20_000);
    const part = multiPlatformIndex('shared', platforms.slice(0, 1), 20_000);
    await push(part, production.base, 'b/repo/shared', 'part');
    await push(whole, staging.base, 'a/repo/shared', 'v1');

    expect(await promoted([`${staging.host}/a/repo/shared:v1`, `${production.host}/b/repo/shared:v1`])).toMatchObject({
      blobs: { mounted: 0, uploaded: whole.blobs.length - part.blobs.length, existing: part.blobs.length },
    });
    expect(await rawManifest(`${production.host}/b/repo/shared:v1`)).toBe(Buffer.from(whole.root.bytes).toString());
  });

  it('a tag that stands at another image is moved with --allow-move alone', async () => {
    const { staging, production } = registries;
    const [old, wanted] = [singleImage('old', [3_000]), singleImage('wanted', [3_000])];
    await push(wanted, staging.base, 'a/repo/moving', 'v1');
    await push(old, production.base, 'b/repo/moving', 'v1');
    const references = [`${staging.host}/a/repo/moving:v1`, `${production.host}/b/repo/moving:v1`];

    expect((await runPromote(references, {})).status).toBe(6);
    expect(await rawManifest(`${production.host}/b/repo/moving:v1`)).toBe(Buffer.from(old.root.bytes).toString());
    expect(await promoted([...references, '--allow-move'])).toMatchObject({
      images: [{ outcome: 'promoted', previousDigest: old.root.digest, digest: wanted.root.digest }],
    });
    expect(await rawManifest(`${production.host}/b/repo/moving:v1`)).toBe(Buffer.from(wanted.root.bytes).toString());
  });
});
