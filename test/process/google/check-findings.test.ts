import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OpenAccess, TokenAccess } from '../../fake/access.ts';
import { googleBehaviour } from '../../fake/behaviour.ts';
import { instead } from '../../fake/faults.ts';
import { buildAccount } from '../../fake/google.ts';
import { singleImage } from '../../fake/images.ts';
import { startLoopbackRegistry } from '../../fake/registry.ts';
import { seed } from '../../fake/seeding.ts';
import { type Land, legacy, multiRegion, region, regional, startLand } from './land.ts';

const source = 'projects/staging/locations/us-central1/repositories/apps';
const destination = 'projects/prod/locations/us-central1/repositories/apps';

describe('what promote check finds', () => {
  let land: Land;
  const content = singleImage('findings', [100]);
  const other = singleImage('findings, another', [100]);

  beforeAll(async () => {
    land = await startLand(content);
  });
  beforeEach(() => land.reset());
  afterAll(() => land.world.stop());

  it('a repository that has to be made: what makes it, and what grants the role on it, in one run', async () => {
    const { status, stdout } = await land.run(['check', land.source, `${region}/prod/new-apps-of-ours/api:v1`]);
    expect(status).toBe(4);
    const [, mending = ''] = stdout.split('What mends it:');
    expect(mending.trim().split('\n').slice(0, 2)).toEqual([
      'gcloud artifacts repositories create new-apps-of-ours --project=prod --location=us-central1 --repository-format=docker',
      expect.stringMatching(
        /add-iam-policy-binding new-apps-of-ours --project=prod .*--role=roles\/artifactregistry\.writer$/,
      ),
    ]);
  });

  it('one line a finding when nothing is missing; the destination holds nothing afterwards', async () => {
    const { status, stdout } = await land.run(['check', land.source, land.destination]);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toEqual([
      `as ${buildAccount}`,
      '',
      `ok       source       ${source}  is a standard repository of the format DOCKER, in us-central1`,
      `ok       source       artifactregistry.repositories.downloadArtifacts  on ${source}`,
      `ok       source       ${land.source}  is ${content.root.digest}`,
      `ok       destination  ${destination}  is a standard repository of the format DOCKER, in us-central1`,
      `ok       destination  artifactregistry.repositories.downloadArtifacts  on ${destination}`,
      `ok       destination  artifactregistry.repositories.uploadArtifacts  on ${destination}`,
      `ok       destination  artifactregistry.tags.create  on ${destination}`,
      'ok       destination  tag immutability  is off',
      `ok       destination  ${land.destination}  is not there yet; it will be made`,
      '',
      'Nothing is missing.',
    ]);
    expect(land.live.blobs.size + land.live.manifests.size).toBe(0);
  });

  it('the commands that mend it stand below the findings, each once', async () => {
    land.deny('prod/apps');
    const { status, stdout } = await land.run(['check', land.source, land.destination]);
    expect(status).toBe(3);
    expect(stdout).toContain('\nmissing  destination  artifactregistry.repositories.uploadArtifacts  on ');
    expect(stdout.match(/gcloud artifacts repositories add-iam-policy-binding .*/g)).toEqual([
      expect.stringMatching(/ apps --project=prod .*--role=roles\/artifactregistry\.writer$/),
    ]);
    expect(stdout.trim()).toMatch(/3 missing; \d things could not be found out\.$/);
  });

  it.each<[string, (land: Land) => void, string, string[], number, string, string, RegExp]>([
    [
      'a repository that is in a multi-region',
      (l) => l.world.makeRepository(multiRegion, 'prod/web', 'writer'),
      'prod/web/api:v1',
      [],
      4,
      'projects/prod/locations/us-central1/repositories/web',
      'missing',
      /lies in the multi-region us, not in us-central1/,
    ],
    [
      'a repository whose name is misspelt',
      () => undefined,
      'prod/app/api:v1',
      [],
      4,
      'projects/prod/locations/us-central1/repositories/app',
      'missing',
      /did you mean apps\? \(--dest-repo\)/,
    ],
    [
      'a repository that is nowhere',
      () => undefined,
      'prod/quite-another/api:v1',
      [],
      4,
      'projects/prod/locations/us-central1/repositories/quite-another',
      'missing',
      /nor in any other location/,
    ],
    [
      'a remote repository',
      (l) => l.world.makeRepository(region, 'prod/cache', 'writer', { mode: 'remote', immutableTags: false }),
      'prod/cache/api:v1',
      [],
      6,
      'projects/prod/locations/us-central1/repositories/cache',
      'missing',
      /is a remote repository .* cannot be written to/,
    ],
    [
      'a repository of packages',
      (l) =>
        l.world.makeRepository(region, 'prod/npm', 'writer', { mode: 'standard', immutableTags: false, format: 'NPM' }),
      'prod/npm/api:v1',
      [],
      4,
      'projects/prod/locations/us-central1/repositories/npm',
      'missing',
      /of the format NPM, not one of container images/,
    ],
    [
      'a tag that would move',
      (l) => l.seed(region, 'prod/apps/api', 'v1', singleImage('x', [9])),
      'prod/apps/api:v1',
      [],
      6,
      `${region}/prod/apps/api:v1`,
      'missing',
      /stands at sha256:\S+ and would move/,
    ],
    [
      'a tag that may move',
      (l) => l.seed(region, 'prod/apps/api', 'v1', singleImage('x', [9])),
      'prod/apps/api:v1',
      ['--allow-move'],
      0,
      `${region}/prod/apps/api:v1`,
      'ok',
      /will move/,
    ],
    [
      'a tag that may move, but is immutable',
      (l) => {
        l.world.makeRepository(region, 'prod/fixed', 'writer', { mode: 'standard', immutableTags: true });
        l.seed(region, 'prod/fixed/api', 'v1', singleImage('x', [9]));
      },
      'prod/fixed/api:v1',
      ['--allow-move'],
      6,
      'tag immutability',
      'missing',
      /stands at another digest/,
    ],
    [
      'an immutable tag that is already right',
      (l) => {
        l.world.makeRepository(region, 'prod/fixed', 'writer', { mode: 'standard', immutableTags: true });
        l.seed(region, 'prod/fixed/api', 'v1');
      },
      'prod/fixed/api:v1',
      [],
      0,
      'tag immutability',
      'ok',
      /no tag that is there would move/,
    ],
  ])('%s', async (_name, arrange, path, options, status, subject, state, detail) => {
    arrange(land);
    const result = await land.check(land.source, `${region}/${path}`, ...options);
    expect(result.status).toBe(status);
    const finding = result.findings.find((each) => each.side === 'destination' && each.subject === subject);
    expect(finding).toMatchObject({ status: state, detail: expect.stringMatching(detail) });
  });

  it.each([
    ['an image that is misspelt', 'staging/apps/apy:v1.2.3', /has no image apy; did you mean api\? \(--image\)/],
    ['a tag that is misspelt', 'staging/apps/api:v1.2.4', /has no tag v1\.2\.4; did you mean v1\.2\.3\? \(--tag\)/],
    ['a digest that is not there', `staging/apps/api@sha256:${'0'.repeat(64)}`, /is there, but not with that digest/],
  ])('%s', async (_name, path, detail) => {
    const result = await land.check(`${region}/${path}`, land.destination);
    expect(result.status).toBe(4);
    expect(result.findings.find(({ subject }) => subject === `${region}/${path}`)).toMatchObject({
      status: 'missing',
      detail: expect.stringMatching(detail),
    });
  });

  it('a source that is not the expected digest: exit 6', async () => {
    const result = await land.check(land.source, land.destination, '--expect-digest', other.root.digest);
    expect(result.status).toBe(6);
    expect(result.findings.find(({ subject }) => subject === land.source)?.detail).toContain('not the expected');
  });

  it('what is not found comes before what is not permitted', async () => {
    land.deny('prod/apps');
    expect((await land.check(`${region}/staging/apps/api:v9`, land.destination)).status).toBe(4);
  });

  it('an API that is not enabled: unknown, with the command, and no failure', async () => {
    land.world.api.disabled.add('prod');
    const { status, findings } = await land.check(land.source, land.destination);
    expect(status).toBe(0);
    expect(findings.find(({ subject }) => subject === destination)).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('has not been used in project prod'),
      fix: expect.stringContaining('gcloud services enable artifactregistry.googleapis.com --project=prod'),
    });
    expect(findings.filter(({ status: state }) => state === 'missing')).toEqual([]);
  });

  it('a caller that may look at nothing: the permissions are told all the same', async () => {
    land.world.api.closed.add('prod');
    land.deny('prod/apps');
    const { status, findings } = await land.check(land.source, land.destination);
    expect(status).toBe(3);
    expect(findings.find(({ subject }) => subject === destination)).toMatchObject({
      status: 'unknown',
      detail: 'may not be looked at by who asks (artifactregistry.repositories.get)',
    });
    expect(findings.find(({ subject }) => subject === land.destination)).toMatchObject({
      status: 'unknown',
      detail: 'may not be read by who asks',
    });
    expect(findings.filter(({ status: state }) => state === 'missing')).toHaveLength(3);
  });

  it.each([
    ['nobody answers', instead(502)],
    ["the answer is not the API's", instead(200, { 'content-type': 'text/html' }, '<html>')],
  ])('%s at the API: unknown, and no failure', async (_name, fault) => {
    land.world.server.script.add({ host: 'artifactregistry.googleapis.com', fault });
    const { status, findings } = await land.check(land.source, land.destination);
    expect(status).toBe(0);
    expect(findings.find(({ subject }) => subject === source)).toMatchObject({ status: 'unknown' });
    expect(findings.find(({ subject }) => subject === land.source)).toMatchObject({ status: 'ok' });
  });

  it('a batch that only a listing can name: both repositories, the permissions, and each image of the list', async () => {
    land.deny('prod/apps');
    const { status, findings } = await land.check(`${region}/staging/apps`, `${region}/prod/apps`, '--recursive');
    expect(status).toBe(3);
    expect(findings.map(({ side, subject, status: state }) => `${state} ${side} ${subject}`)).toEqual([
      `ok source ${source}`,
      'ok source artifactregistry.repositories.downloadArtifacts',
      `ok source ${land.source}`,
      `unknown destination ${destination}`,
      'missing destination artifactregistry.repositories.downloadArtifacts',
      'missing destination artifactregistry.repositories.uploadArtifacts',
      'missing destination artifactregistry.tags.create',
      `unknown destination ${land.destination}`,
    ]);
  });

  it('a permission that the API does not test there: that one is unknown, the others are told', async () => {
    land.deny('prod/apps');
    const body = JSON.stringify({ error: { code: 400, message: 'Invalid permission.', status: 'INVALID_ARGUMENT' } });
    land.world.server.script.add({
      target: /prod.*:testIamPermissions/,
      fault: async (request, next) => {
        const text = Buffer.from(await request.body.bytes()).toString();
        return text.includes('tags.create') ? instead(400, {}, body)(request, next) : next();
      },
    });
    const { status, findings } = await land.check(land.source, land.destination);
    expect(status).toBe(3);
    expect(findings.find(({ subject }) => subject === 'artifactregistry.tags.create')).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('Invalid permission.'),
    });
    expect(findings.filter((finding) => finding.status === 'missing')).toHaveLength(2);
  });

  it('no token at all: exit 3, with what to do', async () => {
    land.world.metadata.server.script.add({ fault: instead(404) });
    const { status, stderr } = await land.run(['check', land.source, land.destination]);
    expect(status).toBe(3);
    expect(stderr).toContain('gcloud auth application-default login');
  });

  it('repositories of gcr.io and of a regional end point, by the names that the API has', async () => {
    land.world.makeRepository(legacy, 'staging', 'reader');
    land.world.makeRepository(regional, 'prod/apps', 'writer');
    land.seed(legacy, 'staging/api', 'v1');
    const { status, findings } = await land.check('gcr.io/staging/api:v1', `${regional}/prod/apps/api:v1`);
    expect(status).toBe(0);
    expect(findings.filter(({ subject }) => subject.startsWith('projects/')).map(({ subject }) => subject)).toEqual([
      'projects/staging/locations/us/repositories/gcr.io',
      'projects/prod/locations/us-east1/repositories/apps',
    ]);
    expect(findings.every((finding) => finding.status === 'ok')).toBe(true);
  });

  it("a registry that is not Google's: what it lets one read, and unknown for the rest; no Google token goes there", async () => {
    const open = await startLoopbackRegistry(new OpenAccess(), googleBehaviour());
    await using _server = open.server;
    seed(content, open.registry.store, 'a/app', 'v1');
    const result = await land.check(`${open.host}/a/app:v1`, land.destination);
    expect(result.status).toBe(0);
    expect(result.findings.slice(0, 2)).toMatchObject([
      { subject: open.host, status: 'unknown' },
      { subject: `${open.host}/a/app:v1`, status: 'ok' },
    ]);
    expect(open.server.requests.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
  });

  it("a registry that is not Google's and lets nobody in: exit 3", async () => {
    const closed = await startLoopbackRegistry(new TokenAccess({ username: 'u', password: 'p' }), googleBehaviour());
    await using _server = closed.server;
    const result = await land.check(`${closed.host}/a/app:v1`, land.destination);
    expect(result.status).toBe(3);
    expect(result.findings.find(({ subject }) => subject === closed.host)).toMatchObject({ status: 'unknown' });
    expect(result.findings.find(({ subject }) => subject === `${closed.host}/a/app:v1`)).toMatchObject({
      status: 'missing',
    });
    expect(closed.server.requests.filter(({ headers }) => headers.authorization?.startsWith('Bearer ya29'))).toEqual(
      [],
    );
  });
});
