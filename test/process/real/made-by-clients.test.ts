import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiPlatformIndex, sixPlatforms } from '../../fake/images.ts';
import { bytesFrom } from '../../fake/layers.ts';
import { push } from '../../fake/seeding.ts';
import { Buildah } from '../../image/buildah.ts';
import { promoted, TwoRegistries } from './registries.ts';
import { needs, rawManifest, skopeoCopy } from './tools.ts';

const { missing, note } = needs('docker-registry', 'skopeo', 'buildah', 'root');

describe.skipIf(missing)(`images that other programs made${note}`, () => {
  let registries: TwoRegistries;
  let folder: string;
  let built: string;

  beforeAll(async () => {
    registries = await TwoRegistries.start();
    folder = await mkdtemp(join(tmpdir(), 'promote-built-'));
    built = `${registries.staging.host}/a/made/built:v1`;
    const context = join(folder, 'context');
    await mkdir(context);
    await writeFile(join(context, 'one'), bytesFrom('one', 300_000));
    await writeFile(join(context, 'two'), 'two\n');
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY one /\nCOPY two /\nENV A=B\nCMD ["/one"]\n');
    const buildah = new Buildah(join(folder, 'storage'));
    await buildah.build(built, context, ['--layers']);
    await buildah.push(built, built);
  });

  afterAll(async () => {
    await registries?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it("copies buildah's image, as it was pushed", async () => {
    await expectCopied(built, { uploaded: 3 });
  });

  it('copies the Docker schema 2 image that skopeo made of it', async () => {
    const converted = `${registries.staging.host}/a/made/schema2:v1`;
    await skopeoCopy(built, converted, '--format', 'v2s2');
    expect(await rawManifest(converted)).toContain('application/vnd.docker.distribution.manifest.v2+json');
    await expectCopied(converted, {});
  });

  it('copies the index that skopeo wrote, and skopeo copies ours on', async () => {
    const { staging, production } = registries;
    await push(multiPlatformIndex('by skopeo', sixPlatforms, 5_000), staging.base, 'a/made/original', 'v1');
    const rewritten = `${staging.host}/a/made/rewritten:v1`;
    await skopeoCopy(`${staging.host}/a/made/original:v1`, rewritten, '--format', 'v2s2');
    await expectCopied(rewritten, {});

    const onward = `${production.host}/c/made/rewritten:v1`;
    await skopeoCopy(`${production.host}/b/made/rewritten:v1`, onward);
    expect(await rawManifest(onward)).toBe(await rawManifest(rewritten));
  });

  async function expectCopied(source: string, blobs: object): Promise<void> {
    const { staging, production } = registries;
    const destination = source.replace(`${staging.host}/a/`, `${production.host}/b/`);
    expect(await promoted([source, destination])).toMatchObject({ outcome: 'promoted', blobs });
    expect(await rawManifest(destination)).toBe(await rawManifest(source));
    expect(await promoted(['verify', '--deep', source, destination])).toMatchObject({ same: true });
  }
});
