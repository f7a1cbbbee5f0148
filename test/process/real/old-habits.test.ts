import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { push } from '../../fake/seeding.ts';
import { run } from '../../image/buildah.ts';
import { promoted, TwoRegistries } from './registries.ts';
import { needs, rawManifest } from './tools.ts';

const { missing, note } = needs('docker-registry', 'skopeo', 'crane');

describe.skipIf(missing)(`who knows crane finds the same here${note}`, () => {
  let registries: TwoRegistries;
  let repository: string;

  beforeAll(async () => {
    registries = await TwoRegistries.start();
    repository = `${registries.staging.host}/a/repo/known`;
    await push(multiPlatformIndex('known', sixPlatforms, 4_000), registries.staging.base, 'a/repo/known', 'v1');
    for (const tag of ['v10', 'latest', 'a', 'Z', '_'])
      await push(singleImage(tag, [100]), registries.staging.base, 'a/repo/known', tag);
  });

  afterAll(() => registries?.stop());

  it('crane copy ≙ promote copy', async () => {
    const [byCrane, byPromote] = [`${registries.production.host}/crane:v1`, `${registries.production.host}/promote:v1`];
    await run('crane', ['copy', `${repository}:v1`, byCrane]);
    await promoted(['copy', `${repository}:v1`, byPromote]);
    expect(await rawManifest(byPromote)).toBe(await rawManifest(byCrane));
    expect(await run('crane', ['digest', byPromote])).toBe(await run('crane', ['digest', `${repository}:v1`]));
    await run('crane', ['validate', '--remote', byPromote]);
  });

  it.each(['v1', 'v10', 'latest'])('crane digest ≙ promote digest, of %s', async (tag) => {
    const reference = `${repository}:${tag}`;
    expect(await output('digest', reference)).toBe(await run('crane', ['digest', reference]));
  });

  it('crane ls ≙ promote tags', async () => {
    expect(await output('tags', repository)).toBe(await run('crane', ['ls', repository]));
    expect((await output('tags', repository)).split('\n')).toHaveLength(7);
  });

  async function output(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await runPromote(args, {});
    expect(status, stderr).toBe(0);
    return stdout;
  }
});
