import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAccount, type GoogleWorld, startGoogleWorld } from './google.ts';
import { singleImage } from './images.ts';
import { seed } from './seeding.ts';

const host = 'us-central1-docker.pkg.dev';

describe('a Google-like world', () => {
  let world: GoogleWorld;

  beforeAll(async () => {
    world = await startGoogleWorld([host, 'europe-west1-docker.pkg.dev']);
    world.makeRepository(host, 'p/r', 'reader');
    world.makeRepository('europe-west1-docker.pkg.dev', 'p/r', 'writer');
    seed(singleImage('google', [100]), world.registry(host).store, 'p/r/i', 'v1');
  });

  afterAll(() => world.stop());

  it("gives the build account's token to who asks as Google's libraries do, and another after a rotation", async () => {
    const url = `http://${world.environment['GCE_METADATA_HOST']}/computeMetadata/v1/instance/service-accounts/default`;
    expect((await fetch(`${url}/token`)).status).toBe(403);
    const headers = { 'metadata-flavor': 'Google' };
    const first = await fetch(`${url}/token`, { headers });
    expect(first.headers.get('metadata-flavor')).toBe('Google');
    const token = world.metadata.metadata.token;
    expect(await first.json()).toEqual({ access_token: token, expires_in: 3599, token_type: 'Bearer' });
    expect(world.metadata.metadata.rotate()).toBe(token);
    world.metadata.metadata.expiresIn = 7;
    expect(await (await fetch(`${url}/token`, { headers })).json()).toMatchObject({ expires_in: 7 });
    expect(world.iam.accountOf(world.metadata.metadata.token)).toBe(buildAccount);
    expect(await (await fetch(`${url}/email`, { headers })).text()).toBe(buildAccount);
    expect(world.metadata.server.seen('GET', /\/token$/)).toHaveLength(3);
  });

  it('is reached by its real names through the proxy alone, each host with a store of its own', async () => {
    const { token } = world.metadata.metadata;
    const headers = { authorization: `Bearer ${token}` };
    expect(await ask(host, 'GET', '/v2/p/r/i/manifests/v1', headers)).toMatchObject({ status: 200 });
    expect(await ask('europe-west1-docker.pkg.dev', 'GET', '/v2/p/r/i/manifests/v1', headers)).toMatchObject({
      status: 404,
    });
    await expect(ask('registry.example', 'GET', '/v2/', {})).rejects.toThrow('502');
    expect(world.proxy.connects).toEqual([`${host}:443`, 'europe-west1-docker.pkg.dev:443', 'registry.example:443']);
    expect(world.proxy.others).toEqual([]);
  });

  it("lets one account take another's token where that was granted, link by link", async () => {
    const caller = { authorization: `Bearer ${world.metadata.metadata.token}` };
    const path = '/v1/projects/-/serviceAccounts/b@p.iam.gserviceaccount.com:generateAccessToken';
    const take = (delegates: string[]): Promise<{ status: number; body: string }> =>
      ask('iamcredentials.googleapis.com', 'POST', path, caller, JSON.stringify({ delegates }));
    world.credentials.allow(buildAccount, 'a@p.iam.gserviceaccount.com');
    expect(await take([])).toMatchObject({
      status: 403,
      body: expect.stringContaining('iam.serviceAccounts.getAccessToken'),
    });
    world.credentials.allow('a@p.iam.gserviceaccount.com', 'b@p.iam.gserviceaccount.com');
    const taken = await take(['projects/-/serviceAccounts/a@p.iam.gserviceaccount.com']);
    expect(taken.status).toBe(200);
    const token: unknown = JSON.parse(taken.body).accessToken;
    expect(world.iam.accountOf(String(token))).toBe('b@p.iam.gserviceaccount.com');
  });

  async function ask(
    name: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    body = '',
  ): Promise<{ status: number; body: string }> {
    const ca = await readFile(world.environment['NODE_EXTRA_CA_CERTS'] ?? '');
    const socket = await tunnel(world.environment['HTTPS_PROXY'] ?? '', `${name}:443`);
    const createConnection = (): Duplex => connectTls({ socket, servername: name, ca });
    return new Promise((resolve, reject) => {
      const request = requestHttps({ host: name, method, path, headers, createConnection }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }
});

function tunnel(proxy: string, authority: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const request = requestHttp(proxy, { method: 'CONNECT', path: authority });
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) resolve(socket);
      else reject(new Error(`the proxy answered ${statusCode}`));
    });
    request.on('error', reject);
    request.end();
  });
}
