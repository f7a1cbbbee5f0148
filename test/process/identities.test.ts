import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildAccount } from '../fake/google.ts';
import { singleImage } from '../fake/images.ts';
import { runPromote, startPromote } from '../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage, us } from './google-stage.ts';
import { holds, promote, type Route } from './route.ts';

const promoter = 'promoter@live.iam.gserviceaccount.com';
const between = 'between@live.iam.gserviceaccount.com';
const person = 'person@example.com';

describe('who a promotion acts as', () => {
  let stage: GoogleStage;
  let folder: string;
  const content = singleImage('identity', [100]);

  beforeAll(async () => {
    stage = await startGoogleStage();
    folder = await mkdtemp(join(tmpdir(), 'promote-identities-'));
  });
  beforeEach(() => stage.reset());
  afterAll(async () => {
    await stage.world.stop();
    await rm(folder, { recursive: true });
  });

  /** A route that this account may go, and the build's may not. */
  function routeOf(account: string): Route {
    const route = stage.route(content, europe);
    const { iam } = stage.world;
    iam.deny(buildAccount, `${us}/${route.sourceKey}`);
    iam.deny(buildAccount, `${europe}/${route.destinationKey}`);
    iam.grant(account, `${us}/${route.sourceKey}`, 'reader');
    iam.grant(account, `${europe}/${route.destinationKey}`, 'writer');
    return route;
  }

  function accountsSeen(): Set<string | undefined> {
    const toRegistries = stage.world.server.requests.filter(({ host }) => host === us || host === europe);
    const tokens = toRegistries.flatMap(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? []);
    return new Set(tokens.map((token) => stage.world.iam.accountOf(token)));
  }

  it('an impersonated service account: its token alone goes to the registries', async () => {
    stage.world.credentials.allow(buildAccount, promoter);
    const route = routeOf(promoter);
    const { status, stderr } = await stage.promote(route, '--impersonate', promoter);
    expect(status).toBe(0);
    expect(accountsSeen()).toEqual(new Set([promoter]));
    expect(stderr).toContain(promoter);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it.each(['plan', 'verify', 'digest', 'tags', 'check'])('%s says who acts, as copy does', async (name) => {
    stage.world.credentials.allow(buildAccount, promoter);
    const { source, destination } = routeOf(promoter);
    const named = { digest: [source], tags: [source.replace(':v1', '')] }[name] ?? [source, destination];
    const { stderr } = await runPromote([name, ...named, '--impersonate', promoter], stage.world.environment);
    expect(stderr).toContain(`       as  ${promoter}`);
  });

  it('a chain of them, the last the target', async () => {
    stage.world.credentials.allow(buildAccount, between);
    stage.world.credentials.allow(between, 'target@live.iam.gserviceaccount.com');
    const route = routeOf('target@live.iam.gserviceaccount.com');
    const { status } = await promote([route.source, route.destination], {
      ...stage.world.environment,
      _IMPERSONATE: `${between},target@live.iam.gserviceaccount.com`,
    });
    expect(status).toBe(0);
    expect(accountsSeen()).toEqual(new Set(['target@live.iam.gserviceaccount.com']));
  });

  it('an account that may not be impersonated: exit 3, with the grant that is missing', async () => {
    const { status, report } = await stage.promote(
      routeOf(person),
      '--impersonate=stranger@live.iam.gserviceaccount.com',
    );
    expect(status).toBe(3);
    expect(report.error).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('stranger@live.iam.gserviceaccount.com'),
      hint: expect.stringContaining('roles/iam.serviceAccountTokenCreator'),
    });
    expect(accountsSeen()).toEqual(new Set());
  });

  it('the person who logged in on a workstation; the metadata server is not asked', async () => {
    stage.world.oauth.people.set('refresh-canary', person);
    await writeFile(
      join(folder, 'application_default_credentials.json'),
      JSON.stringify({
        type: 'authorized_user',
        client_id: 'client',
        client_secret: 'client-canary',
        refresh_token: 'refresh-canary',
      }),
    );
    const route = routeOf(person);
    const { status, stdout, stderr } = await promote([route.source, route.destination, '--verbose'], {
      ...stage.world.environment,
      CLOUDSDK_CONFIG: folder,
    });
    expect(status).toBe(0);
    expect(accountsSeen()).toEqual(new Set([person]));
    expect(stdout + stderr).not.toContain('canary');
    expect(stage.world.metadata.server.requests).toEqual([]);
  });

  it("the same from HOME, where gcloud's configuration folder is not named", async () => {
    stage.world.oauth.people.set('home-token', person);
    const gcloud = join(folder, 'home/.config/gcloud');
    await mkdir(gcloud, { recursive: true });
    await writeFile(
      join(gcloud, 'application_default_credentials.json'),
      JSON.stringify({ type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'home-token' }),
    );
    const route = routeOf(person);
    const { status } = await promote([route.source, route.destination], {
      ...stage.world.environment,
      HOME: join(folder, 'home'),
    });
    expect(status).toBe(0);
    expect(accountsSeen()).toEqual(new Set([person]));
  });

  it('a login that is no longer valid: exit 3, with how to log in', async () => {
    const file = join(folder, 'expired.json');
    const expired = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'expired' };
    await writeFile(file, JSON.stringify(expired));
    const route = routeOf(person);
    const { status, report } = await promote([route.source, route.destination], {
      ...stage.world.environment,
      GOOGLE_APPLICATION_CREDENTIALS: file,
    });
    expect(status).toBe(3);
    expect(report.error?.hint).toContain('gcloud auth application-default login');
  });

  it("a service account's key", async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    stage.world.oauth.keys.set(promoter, publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const file = join(folder, 'key.json');
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(file, JSON.stringify({ type: 'service_account', client_email: promoter, private_key: key }));
    const route = routeOf(promoter);
    const { status, stderr } = await promote([route.source, route.destination], {
      ...stage.world.environment,
      GOOGLE_APPLICATION_CREDENTIALS: file,
    });
    expect(status).toBe(0);
    expect(accountsSeen()).toEqual(new Set([promoter]));
    expect(stderr).toContain(promoter);
  });

  it.each([
    [
      'that names an executable',
      { type: 'external_account', credential_source: { executable: { command: '/bin/id' } } },
    ],
    ['of an unknown kind', { type: 'something' }],
  ])('a credential file %s is refused: exit 2, no request', async (_what, credential) => {
    const file = join(folder, 'refused.json');
    await writeFile(file, JSON.stringify(credential));
    const route = routeOf(person);
    const { status, report } = await promote([route.source, route.destination], {
      ...stage.world.environment,
      GOOGLE_APPLICATION_CREDENTIALS: file,
    });
    expect(status).toBe(2);
    expect(report.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(file) });
    expect(stage.world.server.requests).toEqual([]);
  });

  it('nobody in particular: no HOME, in a folder that cannot be written to', async () => {
    const route = stage.route(content);
    const run = startPromote([route.source, route.destination], stage.world.environment, '/proc');
    expect(await run.result).toMatchObject({ status: 0 });
    expect(holds(route.live, content, 'v1')).toBe(true);
  });
});
