import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { singleImage } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { type GoogleStage, startGoogleStage, us } from './google-stage.ts';
import { promote, type Route } from './route.ts';

describe('a fault in what was asked for ends with exit 2 before any request', () => {
  let stage: GoogleStage;
  let route: Route;
  let folder: string;
  let substitutions: Record<string, string>;

  beforeAll(async () => {
    stage = await startGoogleStage();
    folder = await mkdtemp(join(tmpdir(), 'promote-usage-'));
    await writeFile(join(folder, 'empty'), '');
    await writeFile(join(folder, 'malformed'), 'sha256:abc\n');
    route = stage.route(singleImage('usage', [10]));
    const [sourceProject = '', sourceRepo = ''] = route.sourceKey.split('/');
    const [destProject = '', destRepo = ''] = route.destinationKey.split('/');
    substitutions = {
      _SOURCE_PROJECT: sourceProject,
      _SOURCE_REPO: sourceRepo,
      _DEST_PROJECT: destProject,
      _DEST_REPO: destRepo,
      _IMAGE: 'app',
      _TAG: 'v1',
      _LOCATION: 'us-central1',
    };
  });
  beforeEach(() => stage.reset());
  afterAll(async () => {
    await stage.world.stop();
    await rm(folder, { recursive: true });
  });

  async function refused(args: readonly string[], environment: Record<string, string | undefined>) {
    const defined = Object.entries({ ...stage.world.environment, ...environment }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    const { status, report, stderr } = await promote(args, Object.fromEntries(defined));
    expect(status).toBe(2);
    expect(report).toMatchObject({ outcome: 'failed', images: [], requests: 0, error: { code: 'USAGE' } });
    expect(stderr).toContain('error USAGE: ');
    expect([...stage.world.server.requests, ...stage.world.metadata.server.requests]).toEqual([]);
    expect(stage.world.proxy.connects).toEqual([]);
    const { message = '', hint = '' } = report.error ?? {};
    return { message, hint };
  }

  it.each(['--image', '--tag', '--dest-project', '--expect-digest', '--digest-file', '--deadline'])(
    'the flag %s with an empty value, which is named as option and as substitution',
    async (flag) => {
      const { message } = await refused([`${flag}=`], substitutions);
      expect(message).toContain(flag);
      expect(message).toContain(flag.replace('--', '_').replaceAll('-', '_').toUpperCase());
    },
  );

  it.each([
    '_DEST_PROJECT',
    '_DEST_LOCATION',
    '_DEST_REPO',
    '_EXPECT_DIGEST',
    '_EXPECT_DIGEST_FILE',
    '_DRY_RUN',
    '_IMPERSONATE',
  ])('the safeguard %s that is set but empty', async (key) => {
    expect((await refused([], { ...substitutions, [key]: '' })).message).toContain(`${key} is set but empty`);
  });

  it.each(['_SOURCE_REPO', '_IMAGE', '_TAG', '_LOCATION', '_SOURCE_PROJECT'])(
    '%s missing, and the same for its empty value, with what to give',
    async (key) => {
      const flag = `--${key.slice(1).toLowerCase().replaceAll('_', '-')}`;
      for (const value of [undefined, '']) {
        const { message } = await refused([], { ...substitutions, [key]: value });
        expect(message).toContain(`${flag} or the substitution ${key}`);
      }
    },
  );

  it('every missing value at once', async () => {
    const { message } = await refused([], { _DEST_PROJECT: 'live' });
    for (const flag of ['--source-repo', '--image', '--tag', '--location']) expect(message).toContain(flag);
  });

  it("the location global of a build, which is no Artifact Registry's", async () => {
    const { hint } = await refused([], { ...substitutions, _LOCATION: undefined, LOCATION: 'global' });
    expect(hint).toContain('_LOCATION');
  });

  it('a destination that is its own source, under whatever host', async () => {
    const sameRepository = { ...substitutions, _DEST_PROJECT: undefined, _DEST_REPO: undefined };
    expect((await refused([], sameRepository)).message).toContain('source and destination are the same');
    await refused([route.source, route.source], {});
    await refused([route.source, route.source.replace(us, 'docker.us-central1.rep.pkg.dev')], {});
  });

  it('a source by digest alone without a tag for the destination', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    await refused([route.source.replace(':v1', `@${digest}`), route.destination.replace(':v1', '')], {});
  });

  it('an unknown flag, with the nearest one, and an unknown command', async () => {
    expect((await refused(['--dest-projct=x'], substitutions)).hint).toContain('--dest-project');
    expect((await refused(['verfy'], substitutions)).hint).toContain('verify');
    expect((await refused(['copy', '--deep'], substitutions)).message).toContain('--deep');
  });

  it('a misspelt safeguard among the substitutions, and a misspelt name of what is missing', async () => {
    const { message } = await refused([], { ...substitutions, _EXPECT_DIGST: 'sha256:x' });
    expect(message).toContain('_EXPECT_DIGEST');
    const { hint } = await refused([], { ...substitutions, _SOURCE_REPO: undefined, _SOURCE_REPOS: 'from' });
    expect(hint).toContain('_SOURCE_REPO');
  });

  it.each<[string, string[], Record<string, string>]>([
    ['a switch that is neither true nor false', [], { _ALLOW_MOVE: 'yes' }],
    ['a malformed digest', ['--expect-digest', 'sha256:abc'], {}],
    ['a digest file without one', ['--expect-digest-file', 'empty'], {}],
    ['a digest file with a malformed one', ['--expect-digest-file', 'malformed'], {}],
    ['a digest file that is not there', ['--expect-digest-file', 'absent'], {}],
    ['several sources for one expected digest', ['--expect-digest', `sha256:${'0'.repeat(64)}`], { _TAG: 'v1 v2' }],
    ['several sources for one destination tag', ['--dest-tag', 'v3'], { _IMAGE: 'app,web' }],
    ['a part that contradicts a whole source', [], { _SOURCE: `${us}/elsewhere/from-1/app:v1` }],
    ['a deadline that is no time', ['--deadline', 'soon'], {}],
    ['too many requests at a time', ['--concurrency', '100000'], {}],
    ['an impersonated account that is none', ['--impersonate', 'somebody'], {}],
    ['a malformed tag', [], { _TAG: '-v1' }],
    ['S32 a malformed image', [], { _IMAGE: '../../escape' }],
    ['S32 a malformed project', [], { _DEST_PROJECT: 'a/b' }],
    ['TLS that is not checked', [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ['an image with its own tag and another tag', ['--image', 'app:v2'], {}],
    ['--verbose and --quiet', ['--verbose', '--quiet'], {}],
    ['one reference only', [`${us}/a/b/c:v1`], {}],
    ['an argument that is empty', ['', `${us}/a/b/c:v1`], {}],
  ])('%s', async (_what, args, environment) => {
    const words = args.map((word) => (/^(empty|malformed|absent)$/.test(word) ? join(folder, word) : word));
    await refused(words, { ...substitutions, ...environment });
  });

  it('writes the report to --output and the log too, where the arguments are wrong', async () => {
    const output = join(folder, 'report.json');
    await refused(['--tag=', '--output', output], substitutions);
    expect(JSON.parse(await readFile(output, 'utf8'))).toMatchObject({ outcome: 'failed', error: { code: 'USAGE' } });
  });

  it('but a misspelt name that stands for nothing needed is only a warning', async () => {
    const { status, report, stderr } = await promote(['--dry-run'], {
      ...stage.world.environment,
      ...substitutions,
      _DEST_TAGS: 'v9',
    });
    expect(status).toBe(0);
    expect(report.warnings).toEqual([expect.stringContaining('_DEST_TAG')]);
    expect(stderr).toContain('_DEST_TAGS');
  });

  it('help and version need nothing', async () => {
    const version = await runPromote(['--version'], {});
    expect(version).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) });
    const help = await runPromote(['--help'], {});
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const text of ['_DEST_PROJECT', '--allow-move', 'verify']) expect(help.stdout).toContain(text);
  });
});
