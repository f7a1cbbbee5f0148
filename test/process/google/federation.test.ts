import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answer, jsonAnswer } from '../../fake/exchange.ts';
import { instead } from '../../fake/faults.ts';
import { startGoogleWorld } from '../../fake/google.ts';
import { singleImage } from '../../fake/images.ts';
import type { Handler } from '../../fake/server.ts';
import { europe, GoogleStage, us } from '../google-stage.ts';
import { holds, type Promotion, promote, type Route } from '../route.ts';

const pool = 'projects/123/locations/global/workloadIdentityPools/ci';
const audience = `//iam.googleapis.com/${pool}/providers/forge`;
const workload = `principal://iam.googleapis.com/${pool}/subject/repo-1`;
const promoter = 'promoter@live.iam.gserviceaccount.com';
const subjectToken = 'subject-token-canary';

/** Another platform's identity end point: the token to who shows what the platform gave the job. */
const platform: Handler = {
  handle: async ({ headers }) =>
    headers.authorization === 'Bearer job-canary' ? jsonAnswer(200, { value: subjectToken }) : answer(401, {}),
};

describe('workload identity federation', () => {
  let stage: GoogleStage;
  let folder: string;
  const content = singleImage('federation', [100]);

  beforeAll(async () => {
    stage = new GoogleStage(await startGoogleWorld([us, europe], new Map([['token.forge.example', platform]])));
    folder = await mkdtemp(join(tmpdir(), 'promote-federation-'));
    stage.world.sts.subjects.set(`${audience} ${subjectToken}`, workload);
    stage.world.credentials.allow(workload, promoter);
  });
  beforeEach(() => stage.reset());
  afterAll(async () => {
    await stage.world.stop();
    await rm(folder, { recursive: true });
  });

  const fromUrl = {
    url: 'https://token.forge.example/token?audience=google',
    headers: { authorization: 'Bearer job-canary' },
    format: { type: 'json', subject_token_field_name: 'value' },
  };
  const impersonation = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${promoter}:generateAccessToken`;

  async function federated(
    account: string,
    source: object,
    others: object = {},
  ): Promise<Promotion & { route: Route; accounts: Set<string | undefined> }> {
    const route = stage.route(content, europe);
    stage.world.iam.grant(account, `${us}/${route.sourceKey}`, 'reader');
    stage.world.iam.grant(account, `${europe}/${route.destinationKey}`, 'writer');
    const file = join(folder, 'credentials.json');
    const configuration = {
      type: 'external_account',
      audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      credential_source: source,
      ...others,
    };
    await writeFile(file, JSON.stringify(configuration));
    const result = await promote([route.source, route.destination, '--verbose'], {
      ...stage.world.environment,
      GOOGLE_APPLICATION_CREDENTIALS: file,
    });
    const toRegistries = stage.world.server.requests.filter(({ host }) => host === us || host === europe);
    const tokens = toRegistries.flatMap(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? []);
    return { ...result, route, accounts: new Set(tokens.map((token) => stage.world.iam.accountOf(token))) };
  }

  it("by a token from a file: exchanged at Google's security token service", async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, subjectToken);
    const { status, accounts, route, stdout, stderr } = await federated(workload, { file: tokenFile });
    expect(status).toBe(0);
    expect(accounts).toEqual(new Set([workload]));
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(stderr).toContain(`a workload of ${pool}`);
    expect(stdout + stderr).not.toContain('canary');
    expect(stage.world.metadata.server.requests).toEqual([]);
  });

  it('by a token from a URL, as a service account', async () => {
    const others = { service_account_impersonation_url: impersonation };
    const { status, accounts, stdout, stderr } = await federated(promoter, fromUrl, others);
    expect(status).toBe(0);
    expect(accounts).toEqual(new Set([promoter]));
    expect(stderr).toContain(promoter);
    expect(stdout + stderr).not.toContain('canary');
  });

  it('through the proxy alone: the token, the exchange, the impersonation', async () => {
    await federated(promoter, fromUrl, { service_account_impersonation_url: impersonation });
    expect(stage.world.proxy.connects).toEqual(
      expect.arrayContaining([
        'token.forge.example:443',
        'sts.googleapis.com:443',
        'iamcredentials.googleapis.com:443',
      ]),
    );
    expect(stage.world.proxy.others).toEqual([]);
  });

  it('a token that the provider does not accept: exit 3, in the words of the service', async () => {
    const tokenFile = join(folder, 'wrong');
    await writeFile(tokenFile, 'wrong');
    const { status, report } = await federated(workload, { file: tokenFile });
    expect(status).toBe(3);
    expect(report.error).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('not accepted by the provider'),
    });
  });

  it('a service that fails in passing is asked again', async () => {
    stage.world.server.script.add({ host: 'sts.googleapis.com', nth: [1], fault: instead(503) });
    const { status } = await federated(promoter, fromUrl, { service_account_impersonation_url: impersonation });
    expect(status).toBe(0);
  });

  it.each([
    ['a program', { executable: { command: '/bin/id', timeout_millis: 5000 } }, {}, 'names an executable'],
    ['AWS', { environment_id: 'aws1' }, {}, 'AWS'],
    ['a certificate', { certificate: { use_default_certificate_config: true } }, {}, 'client certificate'],
    ['nothing', {}, {}, 'must name a file or a url'],
    [
      'a file, with an exchange elsewhere',
      { file: 'x' },
      { token_url: 'https://sts.example/v1/token' },
      "token_url is not one of Google's",
    ],
    [
      'a file, with an exchange in the clear',
      { file: 'x' },
      { token_url: 'http://sts.googleapis.com/v1/token' },
      "token_url is not one of Google's",
    ],
    [
      'a file, with an impersonation elsewhere',
      { file: 'x' },
      { service_account_impersonation_url: impersonation.replace('googleapis.com', 'example') },
      "service_account_impersonation_url is not one of Google's",
    ],
  ])(
    'a configuration that takes its token from %s is refused: exit 2, no request',
    async (_name, source, others, message) => {
      const { status, report } = await federated(workload, source, others);
      expect(status).toBe(2);
      expect(report.error?.message).toContain(message);
      expect(stage.world.server.requests).toEqual([]);
    },
  );
});
