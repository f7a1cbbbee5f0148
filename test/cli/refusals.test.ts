import { describe, expect, it, vi } from 'vitest';
import { command, copied, digest, otherDigest, production, refusal, staged, step } from './reading.ts';

describe('what is refused before any request', () => {
  it.each([
    [
      '',
      { ...step, _SOURCE_REPO: undefined },
      'the source repository is missing: give --source-repo or the substitution _SOURCE_REPO',
    ],
    [
      '',
      { ...step, _SOURCE_REPO: '' },
      '_SOURCE_REPO is set but empty; with ALLOW_LOOSE a misspelt substitution arrives empty',
    ],
    ['', { ...step, _TAG: ' ,' }, 'the tag is missing: give --tag or the substitution _TAG'],
    [
      '',
      { ...step, _SOURCE_REPO: undefined, _SOURCE_REPOO: 'apps' },
      "_SOURCE_REPOO is not one of promote's substitutions: did you mean _SOURCE_REPO?",
    ],
    ['', {}, 'the image is missing'],
    ['', { ...step, _LOCATION: undefined }, 'the location is missing: give --location or the substitution _LOCATION'],
    ['', { ...step, _LOCATION: undefined, LOCATION: 'global' }, 'give --location or the substitution _LOCATION'],
    ['--tag=', step, '--tag has an empty value (its substitution is _TAG)'],
    ['--tag', step, '--tag has an empty value'],
    ['--dest-tag , ', step, '--dest-tag has an empty value'],
    ['--source-repo a --source-repo b', step, '--source-repo is given more than once'],
    ['--dry-run --dry-run=false', step, '--dry-run is given both as true and as false'],
    ['--dry-run=yes', step, '--dry-run: "yes" is neither true (or 1) nor false (or 0)'],
    ['', { ...step, _ALLOW_MOVE: 'TRUE' }, '_ALLOW_MOVE: "TRUE" is neither'],
    ['--tgas v1', step, 'unknown option --tgas (did you mean --tag?)'],
    ['--dest-projekt x', step, 'did you mean --dest-project?'],
    ['-tag v1', step, 'unknown option -tag'],
    ['--all-tags --newest -1', { ...step, _TAG: undefined }, '--newest: "-1" is not a whole number from 1'],
    ['--concurrency -1', step, '--concurrency: "-1" is not a whole number'],
    ['--dry-run -1', step, 'unknown option -1'],
    [
      'us-docker.pkg.dev/staging/apps/api us-docker.pkg.dev/prod/apps/api',
      { _TAG: 'v1 v2' },
      '--dest is for one source, and there are several',
    ],
    [`${staged} ${production}`, { _TAG: 'v2' }, '_TAG is "v2", but --source has "v1" there'],
    ['--get-yargs-completions', step, 'unknown option --get-yargs-completions'],
    ['--deep', step, '--deep is not an option of copy'],
    ['verify --allow-move', step, '--allow-move is not an option of verify'],
    ['veriy', step, 'did you mean verify?'],
    ['foo', step, 'unknown command "foo" (promote --help lists the commands; a reference is HOST/PATH:TAG)'],
    [staged, {}, 'copy takes two references or none, and got 1'],
    [`${staged} ${production} ${production}`, {}, 'got 3'],
    [`${staged} ${production} --dest ${production}`, {}, 'the references are given twice'],
    ['nginx:1 docker.io/library/nginx:1', {}, 'unknown command "nginx:1"'],
    [
      'us-docker.pkg.dev/staging/apps/api us-docker.pkg.dev/prod/apps/api',
      {},
      '--source has neither a tag nor a digest',
    ],
    [
      `us-docker.pkg.dev/staging/apps/api@${digest} us-docker.pkg.dev/prod/apps/api`,
      {},
      'has no tag: the source is named by its digest alone (give --dest-tag or the substitution _DEST_TAG)',
    ],
    [`${staged} ${production}@${digest}`, {}, '--dest has a digest'],
    [`${staged} ${staged}`, {}, 'source and destination are the same'],
    ['', { ...step, _DEST_PROJECT: 'staging' }, 'source and destination are the same'],
    ['gcr.io/p/api:v1 us-docker.pkg.dev/p/gcr.io/api:v1', {}, 'source and destination are the same'],
    ['127.0.0.1:5000/p/api:v1 localhost:5000/p/api:v1', {}, 'source and destination are the same'],
    ['localhost/p/api:v1 [::1]/p/api:v1', {}, 'source and destination are the same'],
    ['us-docker.pkg.dev/p/api:v1 us-docker.pkg.dev/q/api:v1', {}, 'names no image below a repository'],
    ['--image api:v1', step, '_TAG is given, but every image carries its own tag or digest'],
    ['--image api:v1:v2', step, '--image: '],
    ['--image :v1', step, '--image: ":v1" is not NAME'],
    ['--source-location evil.com/x', step, 'is not the name of a location'],
    ['--source-project a/b', step, 'is not the name of a project'],
    ['--image api,web --dest-tag v2', step, '--dest-tag is for one source'],
    ['--image api,web --dest-image v2', step, '--dest-image is for one source'],
    [`--image api,web --expect-digest ${digest}`, step, '--expect-digest is for one source'],
    [`--image api,web --dest ${production}`, step, '--dest is for one source'],
    ['--image api,web --expect-digest-file f', step, '--expect-digest-file is for one source'],
    [
      `--source us-docker.pkg.dev/staging/apps/api@${digest} --image api@${otherDigest} --dest-tag v1`,
      {},
      '--image is',
    ],
    [`--dest ${production} --dest-location europe`, step, '--dest-location is "europe", but --dest has "us" there'],
    [`--dest ${production} --dest-repo tools`, step, '--dest-repo is "tools", but --dest has "apps" there'],
    [`--dest ${production} --dest-image web`, step, '--dest-image is "web", but --dest has "api" there'],
    ['--dest-tag v2,v2', step, 'is named twice'],
    [`--dest ${production} --dest-tag v2`, step, 'is "v2", but --dest has "v1" there'],
    [`--dest us-docker.pkg.dev/elsewhere/apps/api`, step, '_DEST_PROJECT is "prod", but --dest has "elsewhere" there'],
    ['--verbose --quiet', step, '--verbose and --quiet exclude each other'],
    ['--format yaml', step, '--format: "yaml" is not text, json or markdown'],
    ['--deadline 50', step, '--deadline: "50" is not a time'],
    ['--deadline 0s', step, 'is not a time'],
    ['--deadline 25h', step, 'is not a time'],
    ['--concurrency 0', step, 'is not a whole number'],
    ['--concurrency 257', step, 'is not a whole number'],
    ['--impersonate me', step, 'is not the e-mail address of a service account'],
    ['--expect-digest sha256:12', step, 'is not a digest'],
    ['--expect-digest-file /nowhere/at/all', step, 'cannot read "/nowhere/at/all"'],
    ['', { ...step, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED=0'],
    ['digest', {}, 'digest takes one REFERENCE, and got 0'],
    [`digest ${staged} ${staged}`, {}, 'digest takes one REFERENCE, and got 2'],
    ['0x10', {}, 'unknown command "0x10"'],
    ['--quite-another-thing', step, 'unknown option --quite-another-thing (promote --help lists the options)'],
    ['digest us-docker.pkg.dev/p/r/i', {}, 'neither a tag nor a digest'],
    [`tags ${staged}`, {}, 'has a tag'],
  ])('%s %o', async (argv, env, expected) => {
    expect(await refusal(argv, env)).toContain(expected);
  });

  it('is an argument that a misspelt substitution left empty', async () => {
    expect(await refusal(['', production])).toContain('argument 1 (options left aside) is empty');
  });

  it('is a working directory that is gone', async () => {
    const cwd = vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw new Error('ENOENT: uv_cwd');
    });
    try {
      expect(await refusal('--tag v1')).toContain('the working directory does not exist');
    } finally {
      cwd.mockRestore();
    }
  });

  it.each([
    '_DEST_PROJECT',
    '_DEST_LOCATION',
    '_DEST_REPO',
    '_EXPECT_DIGEST',
    '_EXPECT_DIGEST_FILE',
    '_EXPECT_PLAN',
    '_DRY_RUN',
    '_IMPERSONATE',
  ])('is an empty %s, of whatever command that writes', async (key) => {
    expect(await refusal('', { ...step, [key]: '' })).toContain(`${key} is set but empty`);
    expect(await refusal('apply /nowhere/at/all', { [key]: '' })).toContain(`${key} is set but empty`);
  });

  it.each([
    ['true', '_DRY_RUN is set, and apply writes'],
    ['TRUE', '_DRY_RUN: "TRUE" is neither true'],
    ['', '_DRY_RUN is set but empty'],
    ['false', 'the plan "/nowhere/at/all" cannot be read'],
  ])('is _DRY_RUN=%j for apply, before the plan is read, unless it is switched off', async (value, expected) => {
    expect(await refusal('apply /nowhere/at/all', { _DRY_RUN: value })).toContain(expected);
  });

  it('is not an empty safeguard whose flag is given', async () => {
    expect(await copied('--dest-project prod', { ...step, _DEST_PROJECT: '' })).toEqual([`${staged} → ${production}`]);
  });
});

describe('near misses in the environment', () => {
  it('are warnings where ours is optional', async () => {
    const { settings } = await command('copy', '', { ...step, _DEST_TGA: 'v2', _FROMAT: 'json' });
    expect(settings.warnings).toEqual([
      "_DEST_TGA is not one of promote's substitutions: did you mean _DEST_TAG?",
      "_FROMAT is not one of promote's substitutions: did you mean _FORMAT?",
    ]);
  });

  it.each([
    ['_DEST_PROJCT', { _DEST_PROJECT: undefined }],
    ['_DRYRUN', {}],
    ['_EXPECT_DIGETS', {}],
    ['_EXPECT_PLNA', {}],
    ['_IMPERSONAT', {}],
  ])('%s is refused where ours is a safeguard', async (key, without) => {
    expect(await refusal('', { ...step, ...without, [key]: 'x' })).toContain(`${key} is not one of promote's`);
    expect(await refusal('apply /nowhere/at/all', { [key]: 'x' })).toContain(`${key} is not one of promote's`);
  });

  it('a safeguard of another command is ignored where it is well-formed', async () => {
    expect(await copied('', { ...step, _EXPECT_PLAN: digest })).toEqual([`${staged} → ${production}`]);
    expect(await refusal('apply /nowhere/at/all', step)).toContain('cannot be read');
  });

  it.each(['_IMAGE_TAG', '_HEAD_BRANCH', '_TAGS', '_DEST_PROJECTS', '_REGION', '_dry_run', 'FORMAT', '_ZONE'])(
    '%s raises nothing',
    async (key) => {
      expect((await command('copy', '', { ...step, [key]: 'x' })).settings.warnings).toEqual([]);
    },
  );
});
