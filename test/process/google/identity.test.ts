import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { heldUntil, instead } from '../../fake/faults.ts';
import { buildAccount } from '../../fake/google.ts';
import { singleImage } from '../../fake/images.ts';
import { readCheck } from './check-result.ts';
import { type Land, region, startLand } from './land.ts';

const person = 'jane@example.com';
const apiHost = 'artifactregistry.googleapis.com';

describe('who asks Google', () => {
  let land: Land;
  let folder: string;

  beforeAll(async () => {
    land = await startLand(singleImage('identity', [100]));
    folder = await mkdtemp(join(tmpdir(), 'promote-identity-'));
    land.world.oauth.people.set('refresh-canary', person);
  });
  beforeEach(() => land.reset());
  afterAll(async () => {
    await land.world.stop();
    await rm(folder, { recursive: true });
  });

  async function asPerson(others: object): Promise<Record<string, string>> {
    const file = join(folder, 'user.json');
    const login = {
      type: 'authorized_user',
      client_id: 'c',
      client_secret: 'secret-canary',
      refresh_token: 'refresh-canary',
    };
    await writeFile(file, JSON.stringify({ ...login, ...others }));
    return { GOOGLE_APPLICATION_CREDENTIALS: file };
  }

  const quotaProjects = () =>
    Object.fromEntries(land.world.server.requests.map(({ host, headers }) => [host, headers['x-goog-user-project']]));

  it('a person is called by address, in the findings and in the commands', async () => {
    const env = await asPerson({});
    const { status, stdout, stderr } = await land.run(
      ['check', land.source, land.destination, '--format=json', '--verbose'],
      env,
    );
    const { identity, findings } = readCheck(stdout);
    expect(status).toBe(3);
    expect(identity).toBe(person);
    expect(findings.find(({ fix }) => fix !== undefined)?.fix).toContain(`--member=user:${person} `);
    expect(stdout + stderr).not.toContain('canary');
    expect(stdout + stderr).not.toContain('ya29');
  });

  it('a login that acts as a service account by its file: that account, link by link', async () => {
    const [between, target] = ['between@prod.iam.gserviceaccount.com', 'target@prod.iam.gserviceaccount.com'];
    land.world.credentials.allow(person, between);
    land.world.credentials.allow(between, target);
    const file = join(folder, 'impersonated.json');
    await writeFile(
      file,
      JSON.stringify({
        type: 'impersonated_service_account',
        service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${target}:generateAccessToken`,
        delegates: [`projects/-/serviceAccounts/${between}`],
        source_credentials: {
          type: 'authorized_user',
          client_id: 'c',
          client_secret: 'secret-canary',
          refresh_token: 'refresh-canary',
        },
      }),
    );
    land.world.iam.grant(target, `${region}/staging/apps`, 'reader');
    land.world.iam.grant(target, `${region}/prod/apps`, 'writer');
    const env = { GOOGLE_APPLICATION_CREDENTIALS: file };
    const { status, stderr } = await land.run([land.source, land.destination], env);
    expect(status).toBe(0);
    expect(stderr).toContain(`as  ${target}`);
    const tokens = land.world.server.requests
      .filter(({ host }) => host === region)
      .map(({ headers }) => land.world.iam.accountOf(headers.authorization?.replace('Bearer ', '') ?? ''));
    expect(new Set(tokens)).toEqual(new Set([target]));
  });

  it("a person's calls of the API are counted against the quota project, and only those", async () => {
    await land.run(['check', land.source, land.destination], await asPerson({ quota_project_id: 'billing' }));
    expect(quotaProjects()).toMatchObject({ [apiHost]: 'billing', [region]: undefined });
    land.world.server.requests.length = 0;
    const env = await asPerson({ quota_project_id: 'billing' });
    await land.run(['check', land.source, land.destination], { ...env, GOOGLE_CLOUD_QUOTA_PROJECT: 'other' });
    expect(quotaProjects()).toMatchObject({ [apiHost]: 'other' });
  });

  it("the build's account names none", async () => {
    await land.run(['check', land.source, land.destination]);
    expect(quotaProjects()).toEqual({ [apiHost]: undefined, [region]: undefined });
  });

  it('a chain that breaks: each link, and the grant that it needs', async () => {
    const chain = ['between@prod.iam.gserviceaccount.com', 'target@prod.iam.gserviceaccount.com'];
    const { status, stderr } = await land.run([land.source, land.destination, '--impersonate', chain.join(',')]);
    expect(status).toBe(3);
    for (const [account, member] of [
      [chain[0], buildAccount],
      [chain[1], chain[0]],
    ]) {
      expect(stderr).toContain(
        `gcloud iam service-accounts add-iam-policy-binding ${account} --member=serviceAccount:${member} --role=roles/iam.serviceAccountTokenCreator`,
      );
    }
  });

  it('an API for impersonation that is not enabled: the command that enables it', async () => {
    const message =
      'IAM Service Account Credentials API has not been used in project 77 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/iamcredentials.googleapis.com/overview?project=77 then retry.';
    const body = JSON.stringify({ error: { code: 403, message, status: 'PERMISSION_DENIED' } });
    land.world.server.script.add({
      host: 'iamcredentials.googleapis.com',
      fault: instead(403, { 'content-type': 'application/json' }, body),
    });
    const { status, stderr } = await land.run([
      land.source,
      land.destination,
      '--impersonate=t@prod.iam.gserviceaccount.com',
    ]);
    expect(status).toBe(3);
    expect(stderr).toContain('gcloud services enable iamcredentials.googleapis.com --project=77');
  });

  it('a token that does not come in time ends at the deadline, not later', async () => {
    land.world.server.script.add({ host: 'oauth2.googleapis.com', fault: heldUntil(new Promise(() => undefined)) });
    const startedAt = Date.now();
    const { status } = await land.run([land.source, land.destination, '--deadline=2s'], await asPerson({}));
    expect(status).toBe(7);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('the log says who acts, and never the token', async () => {
    const { status, stdout, stderr } = await land.run([land.source, land.destination, '--verbose']);
    expect(status).toBe(0);
    expect(stderr).toMatch(new RegExp(`^ +as {2}${buildAccount}$`, 'm'));
    expect(stdout + stderr).not.toContain('ya29');
  });
});
