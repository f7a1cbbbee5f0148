import { describe, expect, it } from 'vitest';
import { command, copied, digest, production, refusal, staged, step } from './reading.ts';

describe('what is promoted', () => {
  it('comes from the substitutions alone when nothing is typed', async () => {
    expect(await copied('', step)).toEqual([`${staged} → ${production}`]);
  });

  it.each([
    [`${staged} ${production}`, {}, `${staged} → ${production}`],
    [`copy ${staged} us-docker.pkg.dev/prod/apps/api`, {}, `${staged} → ${production}`],
    [`--source ${staged} --dest ${production}`, {}, `${staged} → ${production}`],
    ['', { _SOURCE: staged, _DEST: production }, `${staged} → ${production}`],
    [`--source ${staged} --dest-project prod`, {}, `${staged} → ${production}`],
    [
      `${staged} us-docker.pkg.dev/prod/apps/api --dest-tag a,b`,
      {},
      `${staged} → us-docker.pkg.dev/prod/apps/api:a us-docker.pkg.dev/prod/apps/api:b`,
    ],
    ['127.0.0.1:5000/a/app:v1 127.0.0.1:5001/b/app:v2', {}, '127.0.0.1:5000/a/app:v1 → 127.0.0.1:5001/b/app:v2'],
    ['--dest-project other', step, `${staged} → us-docker.pkg.dev/other/apps/api:v1`],
    ['--dest-tag=stable', step, `${staged} → us-docker.pkg.dev/prod/apps/api:stable`],
    ['--dest-image team/api', step, `${staged} → us-docker.pkg.dev/prod/apps/team/api:v1`],
    ['--dest-repo tools --dest-project staging', step, `${staged} → us-docker.pkg.dev/staging/tools/api:v1`],
    ['--dest-location europe', step, `${staged} → europe-docker.pkg.dev/prod/apps/api:v1`],
    ['--source-location asia', step, `asia-docker.pkg.dev/staging/apps/api:v1 → ${production}`],
    [
      '',
      { ...step, _IMAGE: 'api:v9', _TAG: '' },
      'us-docker.pkg.dev/staging/apps/api:v9 → us-docker.pkg.dev/prod/apps/api:v9',
    ],
    [
      `--dest-tag v1`,
      { ...step, _IMAGE: `api@${digest}`, _TAG: undefined },
      `us-docker.pkg.dev/staging/apps/api@${digest} → ${production}`,
    ],
    ['', { ...step, _LOCATION: undefined, LOCATION: 'us' }, `${staged} → ${production}`],
    ['', { ...step, _SOURCE_PROJECT: undefined, PROJECT_ID: 'staging' }, `${staged} → ${production}`],
    ['--source gcr.io/staging/api:v1 --dest-project prod', {}, 'gcr.io/staging/api:v1 → gcr.io/prod/api:v1'],
    ['--source us-docker.pkg.dev/staging/apps/api --tag v1 --dest-project prod', {}, `${staged} → ${production}`],
    [
      `--source docker.io/library/nginx:1 --dest-image nginx`,
      { LOCATION: 'us', _DEST_PROJECT: 'prod', _DEST_REPO: 'apps' },
      'docker.io/library/nginx:1 → us-docker.pkg.dev/prod/apps/nginx:1',
    ],
  ])('%s %o', async (argv, env, expected) => {
    expect(await copied(argv, env)).toEqual([expected]);
  });

  it('is the product of images and tags, for images without a tag of their own', async () => {
    const env = { ...step, _IMAGE: 'api web,db:v7', _TAG: 'v1, v2' };
    expect((await copied('', env)).map((line) => line.split(' ')[0]?.split('/').at(-1))).toEqual([
      'api:v1',
      'api:v2',
      'web:v1',
      'web:v2',
      'db:v7',
    ]);
  });

  it('joins a list that is given by several flags', async () => {
    expect(await copied('--dest-tag a --dest-tag=b,c', step)).toEqual([
      `${staged} → us-docker.pkg.dev/prod/apps/api:a us-docker.pkg.dev/prod/apps/api:b us-docker.pkg.dev/prod/apps/api:c`,
    ]);
  });

  it('is promoted under each of several tags where it is a whole reference without one', async () => {
    expect(await copied('--source us-docker.pkg.dev/staging/apps/api --tag v1,v2 --dest-project prod')).toEqual([
      `${staged} → ${production}`,
      'us-docker.pkg.dev/staging/apps/api:v2 → us-docker.pkg.dev/prod/apps/api:v2',
    ]);
  });

  it('is read the same way for verify', async () => {
    expect(await copied(`verify ${staged} ${production}`)).toEqual([`${staged} → ${production}`]);
    expect((await command('verify', 'verify --deep', step)).deep).toBe(true);
    expect((await command('verify', 'verify', { ...step, _DRY_RUN: '', _ALLOW_MOVE: 'perhaps' })).deep).toBe(false);
  });
});

describe('a source that a trigger pins', () => {
  it.each([
    ['_SOURCE_PROJECT', 'staging', 'other'],
    ['_SOURCE_LOCATION', 'us', 'europe'],
    ['_SOURCE_REPO', 'apps', 'tools'],
    ['_IMAGE', 'api', 'web'],
    ['_IMAGE', 'api:v1', 'api:v2'],
    ['_TAG', 'v1', 'v2'],
  ])('%s: %s agrees, %s does not', async (key, same, other) => {
    const env = { _DEST_PROJECT: 'prod' };
    expect(await copied(`--source ${staged}`, { ...env, [key]: same })).toEqual([`${staged} → ${production}`]);
    expect(await refusal(`--source ${staged}`, { ...env, [key]: other })).toContain(`${key} is "`);
    expect(await refusal(`${staged} ${production}`, { [key]: other })).toContain(`${key} is "`);
  });

  it('does not agree with a source outside Artifact Registry', async () => {
    expect(await refusal(`docker.io/library/api:v1 ${production}`, { _SOURCE_PROJECT: 'staging' })).toContain(
      '_SOURCE_PROJECT is "staging", but --source has nothing there',
    );
  });

  it('is not pinned by the defaults that the build brings', async () => {
    const env = { PROJECT_ID: 'elsewhere', LOCATION: 'global' };
    expect(await copied(`${staged} ${production}`, env)).toEqual([`${staged} → ${production}`]);
  });
});
