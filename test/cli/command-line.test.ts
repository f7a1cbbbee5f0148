import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { Fault } from '../../src/fault.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const otherDigest = `sha256:${'b'.repeat(64)}`;
const staged = 'us-docker.pkg.dev/staging/apps/api:v1';
const production = 'us-docker.pkg.dev/prod/apps/api:v1';

/** The seven substitutions of the documented step. */
const step = {
  _SOURCE_PROJECT: 'staging',
  _SOURCE_REPO: 'apps',
  _DEST_PROJECT: 'prod',
  _DEST_REPO: 'apps',
  _IMAGE: 'api',
  _TAG: 'v1',
  _LOCATION: 'us',
};

type Environment = Record<string, string | undefined>;

/** `SOURCE → DESTINATION…` of each image, as short as a table wants it. */
async function copied(argv: string, env: Environment = {}): Promise<string[]> {
  const command = await readCommandLine(words(argv), env);
  if (command.name !== 'copy' && command.name !== 'verify') throw new Error(`it is ${command.name}`);
  return command.request.images.map(({ source, destinations }) => `${source} → ${destinations.join(' ')}`);
}

async function command<N extends Command['name']>(name: N, argv: string, env: Environment = {}) {
  const read = await readCommandLine(words(argv), env);
  if (!isNamed(read, name)) throw new Error(`it is ${read.name}`);
  return read;
}

function isNamed<N extends Command['name']>(read: Command, name: N): read is Extract<Command, { name: N }> {
  return read.name === name;
}

async function refusal(argv: string | string[], env: Environment = {}): Promise<string> {
  const fault: unknown = await readCommandLine(typeof argv === 'string' ? words(argv) : argv, env).catch((e) => e);
  if (!(fault instanceof Fault)) throw new Error('it was not refused');
  expect(fault.code).toBe('USAGE');
  return `${fault.message} (${fault.hint})`;
}

function words(argv: string): string[] {
  return argv.split(' ').filter((word) => word !== '');
}

function file(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'promote-')), 'digest');
  writeFileSync(path, content);
  return path;
}

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

  it('is read the same way for verify', async () => {
    expect(await copied(`verify ${staged} ${production}`)).toEqual([`${staged} → ${production}`]);
    expect((await command('verify', 'verify --deep', step)).deep).toBe(true);
    expect((await command('verify', 'verify', { ...step, _DRY_RUN: '', _ALLOW_MOVE: 'perhaps' })).deep).toBe(false);
  });
});

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
    ['--get-yargs-completions', step, 'unknown option --get-yargs-completions'],
    ['--deep', step, '--deep is not an option of copy'],
    ['verify --allow-move', step, '--allow-move is not an option of verify'],
    ['veriy', step, 'did you mean verify?'],
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
    ['us-docker.pkg.dev/p/api:v1 us-docker.pkg.dev/q/api:v1', {}, 'names no image below a repository'],
    ['--image api:v1', step, '_TAG is given, but every image carries its own tag or digest'],
    ['--image api:v1:v2', step, '--image: '],
    ['--image :v1', step, '--image: ":v1" is not NAME'],
    ['--source-location evil.com/x', step, 'is not the name of a location'],
    ['--source-project a/b', step, 'is not the name of a project'],
    ['--image api,web --dest-tag v2', step, '--dest-tag is for one source'],
    ['--image api,web --dest-image v2', step, '--dest-image is for one source'],
    [`--image api,web --expect-digest ${digest}`, step, '--expect-digest is for one source'],
    ['--image api,api', step, 'is named twice'],
    ['--dest-tag v2,v2', step, 'is named twice'],
    [`--dest ${production} --dest-tag v2`, step, 'is "v2", but --dest has "v1" there'],
    [`--dest us-docker.pkg.dev/elsewhere/apps/api`, step, '_DEST_PROJECT is "prod", but --dest has "elsewhere" there'],
    ['--verbose --quiet', step, '--verbose and --quiet exclude each other'],
    ['--format yaml', step, '--format: "yaml" is not text or json'],
    ['--deadline 50', step, '--deadline: "50" is not a time'],
    ['--deadline 0s', step, 'is not a time'],
    ['--concurrency 0', step, 'is not a whole number'],
    ['--impersonate me', step, 'is not the e-mail address of a service account'],
    ['--expect-digest sha256:12', step, 'is not a digest'],
    ['--expect-digest-file /nowhere/at/all', step, 'cannot read "/nowhere/at/all"'],
    ['', { ...step, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED=0'],
    ['digest', {}, 'digest takes one REFERENCE, and got 0'],
    ['digest us-docker.pkg.dev/p/r/i', {}, 'neither a tag nor a digest'],
    [`tags ${staged}`, {}, 'has a tag'],
  ])('%s %o', async (argv, env, expected) => {
    expect(await refusal(argv, env)).toContain(expected);
  });

  it('is an argument that a misspelt substitution left empty', async () => {
    expect(await refusal(['', production])).toContain('argument 1 (options left aside) is empty');
  });

  it.each([
    '_DEST_PROJECT',
    '_DEST_LOCATION',
    '_DEST_REPO',
    '_EXPECT_DIGEST',
    '_EXPECT_DIGEST_FILE',
    '_DRY_RUN',
    '_IMPERSONATE',
  ])('is an empty %s', async (key) => {
    expect(await refusal('', { ...step, [key]: '' })).toContain(`${key} is set but empty`);
  });

  it('is not an empty safeguard whose flag is given', async () => {
    expect(await copied('--dest-project prod', { ...step, _DEST_PROJECT: '' })).toEqual([`${staged} → ${production}`]);
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
    ['_IMPERSONAT', {}],
  ])('%s is refused where ours is a safeguard', async (key, without) => {
    expect(await refusal('', { ...step, ...without, [key]: 'x' })).toContain(`${key} is not one of promote's`);
  });

  it.each(['_IMAGE_TAG', '_HEAD_BRANCH', '_TAGS', '_DEST_PROJECTS', '_REGION', '_dry_run', 'FORMAT', '_ZONE'])(
    '%s raises nothing',
    async (key) => {
      expect((await command('copy', '', { ...step, [key]: 'x' })).settings.warnings).toEqual([]);
    },
  );
});

describe('policy and settings', () => {
  it('stand at their defaults', async () => {
    const { request, settings, digestFile } = await command('copy', '', step);
    expect(request.policy).toEqual({ allowMove: false, expectDigest: undefined, repair: false, dryRun: false });
    expect(settings).toEqual({
      format: 'text',
      output: undefined,
      logFormat: 'text',
      verbosity: 'normal',
      impersonate: [],
      deadlineMs: 3_000_000,
      concurrency: 32,
      warnings: [],
    });
    expect(digestFile).toBeUndefined();
  });

  it('take flags before substitutions', async () => {
    const env = {
      ...step,
      _ALLOW_MOVE: '1',
      _DRY_RUN: 'true',
      _REPAIR: 'false',
      _FORMAT: 'json',
      _DEADLINE: '90s',
      _IMPERSONATE: 'a@p.iam.gserviceaccount.com,b@p.iam.gserviceaccount.com',
      _DIGEST_FILE: '/workspace/digests',
      _QUIET: 'true',
    };
    const { request, settings, digestFile } = await command(
      'copy',
      `--allow-move=false --expect-digest ${digest} --deadline 2h --concurrency 4 --log-format=json --output r.json`,
      env,
    );
    expect(request.policy).toEqual({ allowMove: false, expectDigest: digest, repair: false, dryRun: true });
    expect(settings).toEqual({
      format: 'json',
      output: 'r.json',
      logFormat: 'json',
      verbosity: 'quiet',
      impersonate: ['a@p.iam.gserviceaccount.com', 'b@p.iam.gserviceaccount.com'],
      deadlineMs: 7_200_000,
      concurrency: 4,
      warnings: [],
    });
    expect(digestFile).toBe('/workspace/digests');
  });

  it.each([
    ['a digest', `${digest}\n`],
    ['a digest without a line end', digest],
    ['a name and a digest', `us-docker.pkg.dev/p/r/i@${digest}\r\nsecond line\n`],
  ])('take the expected digest from a file that holds %s', async (_what, content) => {
    const { request } = await command('copy', `--expect-digest-file ${file(content)}`, step);
    expect(request.policy.expectDigest).toBe(digest);
  });

  it('refuse a file without a digest, and one that contradicts --expect-digest', async () => {
    expect(await refusal(`--expect-digest-file ${file('latest\n')}`, step)).toContain('is not a digest');
    expect(await refusal(`--expect-digest-file ${file('')}`, step)).toContain('is not a digest');
    expect(await refusal(`--expect-digest ${digest} --expect-digest-file ${file(otherDigest)}`, step)).toContain(
      `--expect-digest is ${digest}, but the file of --expect-digest-file has ${otherDigest}`,
    );
  });
});

describe('the other commands', () => {
  it('take one name', async () => {
    expect(String((await command('digest', `digest ${staged}`)).reference)).toBe(staged);
    expect(String((await command('tags', 'tags us-docker.pkg.dev/p/r/i', step)).repository)).toBe(
      'us-docker.pkg.dev/p/r/i',
    );
  });

  it('are not disturbed by the safeguards of copy', async () => {
    expect((await command('digest', `digest ${staged} --format json`, { _DEST_REPO: '' })).settings.format).toBe(
      'json',
    );
  });

  it('show help with every option of the command and its substitution', async () => {
    const { text } = await command('text', 'verify --help');
    expect(text).toContain('promote verify [SOURCE DESTINATION]');
    expect(text).toMatch(/--dest-tag .*\(_DEST_TAG\)/);
    expect(text).toContain('--deep');
    expect(text).not.toContain('--allow-move');
    expect((await command('text', '-h')).text).toMatch(/Examples:\n {2}# .*\n {2}promote /);
  });

  it('show help although other values are wrong, and the version of unbuilt sources', async () => {
    expect((await command('text', 'copy --deep --help', { _DRY_RUN: '' })).text).toContain('promote [copy]');
    expect((await command('text', '--version')).text).toBe('source\n');
  });
});
