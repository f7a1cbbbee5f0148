import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { singleImage } from '../../fake/images.ts';
import { promote } from '../route.ts';
import { type Land, region, startLand } from './land.ts';

const logLine = v.strictObject({
  severity: v.picklist(['DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR']),
  message: v.pipe(v.string(), v.minLength(1)),
  'logging.googleapis.com/labels': v.record(v.string(), v.string()),
});

/** What a trigger's build has in its environment under automapSubstitutions, ours among it. */
const build = {
  PROJECT_ID: 'staging',
  PROJECT_NUMBER: '123456789012',
  LOCATION: 'us-central1',
  BUILD_ID: '5f3c',
  SHORT_SHA: 'abc1234',
  TAG_NAME: '',
  _HEAD_BRANCH: 'main',
  _IMAGE_TAG: 'v7',
};
const ours = { _SOURCE_REPO: 'apps', _DEST_PROJECT: 'prod', _DEST_REPO: 'apps', _IMAGE: 'api', _TAG: 'v1.2.3' };

describe('a step of Cloud Build', () => {
  let land: Land;
  let folder: string;

  beforeAll(async () => {
    land = await startLand(singleImage('cloud build', [100]));
    folder = await mkdtemp(join(tmpdir(), 'promote-cloud-build-'));
  });
  beforeEach(() => land.reset());
  afterAll(async () => {
    await land.world.stop();
    await rm(folder, { recursive: true });
  });

  const at = (environment: Record<string, string>) => ({ ...land.world.environment, ...environment });

  it('does the same by automapSubstitutions, by env and by args; foreign keys raise nothing', async () => {
    const asFlags = Object.entries(ours).flatMap(([key, value]) => [
      `--${key.slice(1).toLowerCase().replaceAll('_', '-')}`,
      value,
    ]);
    const { PROJECT_ID, LOCATION } = build;
    const runs = [
      await promote(['--dry-run'], at({ ...build, ...ours })),
      await promote(['--dry-run'], at({ PROJECT_ID, LOCATION, ...ours })),
      await promote([...asFlags, '--source-project=staging', '--location=us-central1', '--dry-run'], at({})),
      await promote([land.source, land.destination, '--dry-run'], at(build)),
    ];
    for (const { status, report } of runs) {
      expect(status).toBe(0);
      expect({ ...report, durationMs: 0, requests: 0 }).toEqual({ ...runs[0]?.report, durationMs: 0, requests: 0 });
      expect(report.warnings).toBeUndefined();
      expect(report.images.map(({ destination }) => destination)).toEqual([land.destination]);
    }
  });

  it.each([
    ['_SOURCE_REPO', '_SORCE_REPO'],
    ['_IMAGE', '_IAMGE'],
    ['_TAG', '_TGA'],
    ['_LOCATION', '_LOCATOIN'],
    ['_SOURCE_PROJECT', '_SOURCE_PROJCT'],
    ['_DEST_PROJECT', '_DEST_PROJCT'],
    ['_DEST_LOCATION', '_DEST_LOCATON'],
    ['_DEST_REPO', '_DEST_REPOS'],
    ['_EXPECT_DIGEST', '_EXPECTED_DIGEST'],
    ['_EXPECT_DIGEST_FILE', '_EXPECT_DIGESTFILE'],
    ['_DRY_RUN', '_DRYRUN'],
    ['_IMPERSONATE', '_IMPERSONATES'],
  ])('names a misspelt %s: exit 2, no request', async (key, misspelt) => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const given = new Map(
      Object.entries({
        ...ours,
        _LOCATION: 'us-central1',
        _SOURCE_PROJECT: 'staging',
        _DEST_LOCATION: 'us-central1',
        _EXPECT_DIGEST: digest,
        _EXPECT_DIGEST_FILE: '/workspace/tested',
        _DRY_RUN: 'true',
        _IMPERSONATE: 'p@prod.iam.gserviceaccount.com',
      }),
    );
    const needed = ['_LOCATION', '_SOURCE_PROJECT'].includes(key) ? [] : ['_LOCATION', '_SOURCE_PROJECT'];
    const environment = { ...ours, ...Object.fromEntries(needed.map((name) => [name, given.get(name) ?? ''])) };
    Reflect.deleteProperty(environment, key);
    const { status, report } = await promote([], at({ ...environment, [misspelt]: given.get(key) ?? '' }));
    expect(status).toBe(2);
    expect(`${report.error?.message} ${report.error?.hint}`).toContain(
      `${misspelt} is not one of promote's substitutions: did you mean ${key}?`,
    );
    expect(land.world.server.requests).toEqual([]);
  });

  it.each([
    '_SOURCE_REPO',
    '_IMAGE',
    '_TAG',
    '_DEST_PROJECT',
    '_DEST_REPO',
    '_DEST_LOCATION',
    '_EXPECT_DIGEST',
    '_DRY_RUN',
  ])('names %s that a misspelt reference in the build config left empty: exit 2', async (key) => {
    const { status, report } = await promote([], at({ ...build, ...ours, [key]: '' }));
    expect(status).toBe(2);
    expect(`${report.error?.message} ${report.error?.hint}`).toContain(`${key} is set but empty`);
  });

  it('keeps the short report where Cloud Build looks, within its size, for success and for failure', async () => {
    const environment = at({ ...build, ...ours, BUILDER_OUTPUT: folder });
    const { report } = await promote([], environment);
    const kept = await readFile(join(folder, 'output'), 'utf8');
    expect(JSON.parse(kept)).toEqual(report);
    expect(Buffer.byteLength(kept)).toBeLessThan(50_000);
    land.deny('prod/apps');
    const failed = await promote([], environment);
    expect(JSON.parse(await readFile(join(folder, 'output'), 'utf8'))).toEqual(failed.report);
    expect(failed.report.error?.hint).toContain('gcloud artifacts repositories add-iam-policy-binding');
  });

  it("logs one JSON object a line as Cloud Logging's structured logging takes it, a failure and its hint too", async () => {
    const args = [land.source, land.destination, '--log-format=json', '--verbose'];
    const done = await land.run(args, { _DEST_TGA: 'v2' });
    expect(done.status).toBe(0);
    land.deny('prod/apps');
    const failed = await land.run(args);
    expect(failed.status).toBe(3);
    const read = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => v.parse(v.pipe(v.string(), v.parseJson(), logLine), line));
    const severities = new Set(read(done.stderr).map(({ severity }) => severity));
    expect(severities).toEqual(new Set(['DEBUG', 'INFO', 'WARNING']));
    const errors = read(failed.stderr).filter(({ severity }) => severity === 'ERROR');
    expect(errors.length).toBeGreaterThan(2);
    for (const { 'logging.googleapis.com/labels': labels } of errors)
      expect(labels).toMatchObject({ event: 'fault', code: 'DENIED' });
  });

  describe('started by a message of the registry', () => {
    const digest = () => land.content.root.digest;
    const pinned = { _SOURCE_PROJECT: 'staging', _SOURCE_REPO: 'apps', _DEST_PROJECT: 'prod', _DEST_REPO: 'apps' };

    it.each([
      ['the digest', () => `${region}/staging/apps/api@${digest()}`, { _DEST_TAG: 'stable' }, 'stable'],
      ['the tag', () => `${region}/staging/apps/api:v1.2.3`, {}, 'v1.2.3'],
    ])('promotes what %s of the message names', async (_what, source, others, tag) => {
      const { status, report } = await promote([], at({ ...build, ...pinned, ...others, _SOURCE: source() }));
      expect(status).toBe(0);
      expect(report.images[0]?.destination).toBe(`${region}/prod/apps/api:${tag}`);
      expect(land.live.tags.get(tag)).toBe(digest());
    });

    it('promotes the tag of the message only while it stands at the digest of the message', async () => {
      const message = {
        _SOURCE: `${region}/staging/apps/api:v1.2.3`,
        _EXPECT_DIGEST: `${region}/staging/apps/api@${digest()}`,
      };
      const environment = at({ ...build, ...pinned, ...message });
      land.seed(region, 'staging/apps/api', 'v1.2.3', singleImage('pushed meanwhile', [9]));
      expect(await promote([], environment)).toMatchObject({
        status: 6,
        report: { error: { code: 'UNEXPECTED_DIGEST' } },
      });
      land.seed(region, 'staging/apps/api', 'v1.2.3');
      expect((await promote([], environment)).status).toBe(0);
      expect([...land.live.tags]).toEqual([['v1.2.3', digest()]]);
    });

    it.each([
      ['another project', 'elsewhere/apps/api:v1.2.3', '_SOURCE_PROJECT'],
      ['another repository', 'staging/scratch/api:v1.2.3', '_SOURCE_REPO'],
    ])('refuses what names %s than the trigger: exit 2, no request', async (_what, path, key) => {
      const { status, report } = await promote([], at({ ...build, ...pinned, _SOURCE: `${region}/${path}` }));
      expect(status).toBe(2);
      expect(report.error?.message).toContain(`${key} is "`);
      expect(land.world.server.requests).toEqual([]);
    });

    it('does nothing for a message without a reference: exit 2', async () => {
      const { status } = await promote([], at({ ...build, ...pinned, _SOURCE: '' }));
      expect(status).toBe(2);
      expect(land.world.server.requests).toEqual([]);
    });
  });
});
