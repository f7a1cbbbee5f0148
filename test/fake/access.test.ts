import { afterEach, describe, expect, it } from 'vitest';
import { type Access, BasicAccess, TokenAccess } from './access.ts';
import { type Behaviour, googleBehaviour, plainBehaviour } from './behaviour.ts';
import { GoogleAccess, Iam } from './google-access.ts';
import { singleImage } from './images.ts';
import { type LoopbackRegistry, startLoopbackRegistry } from './registry.ts';
import { seed } from './seeding.ts';

const image = singleImage('access', [500]);
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(access: Access, behaviour: Behaviour): Promise<LoopbackRegistry & { base: string }> {
  const started = await startLoopbackRegistry(access, behaviour);
  stops.push(() => started.server.stop());
  return { ...started, base: `http://${started.host}` };
}

describe('who may do what', () => {
  const manifest = '/v2/p/r/i/manifests/v1';

  function bearer(token: string): { headers: Record<string, string> } {
    return { headers: { authorization: `Bearer ${token}` } };
  }

  function basic(login: string): { headers: Record<string, string> } {
    return { headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` } };
  }

  it('Google: by token, by repository, in its own words', async () => {
    const iam = new Iam();
    const host = 'us-central1-docker.pkg.dev';
    const access = new GoogleAccess(host, iam);
    const { base, registry } = await start(access, { ...googleBehaviour(), locationLength: 0 });
    access.repositories.set('p/r', { mode: 'standard', immutableTags: true });
    seed(image, registry.store, 'p/r/i', 'v1');
    const token = iam.mint('someone@example.com');
    expect((await fetch(`${base}${manifest}`)).headers.get('www-authenticate')).toMatch(
      /^Bearer realm=.*\/v2\/token",service=/,
    );
    const denied = await fetch(`${base}${manifest}`, bearer(token));
    expect(denied.status).toBe(403);
    expect(await denied.text()).toContain(
      String.raw`Permission \"artifactregistry.repositories.downloadArtifacts\" denied on resource \"projects/p/locations/us-central1/repositories/r\" (or it may not exist)`,
    );
    iam.grant('someone@example.com', `${host}/p/r`, 'reader');
    expect((await fetch(`${base}${manifest}`, bearer(token))).status).toBe(200);
    expect((await fetch(`${base}${manifest}`, basic(`oauth2accesstoken:${token}`))).status).toBe(200);
    expect((await fetch(`${base}${manifest}`, { ...bearer(token), method: 'PUT' })).status).toBe(403);
    iam.grant('someone@example.com', `${host}/p/r`, 'writer');
    const again = { ...bearer(token), method: 'PUT', body: Uint8Array.from(image.root.bytes) };
    expect(await (await fetch(`${base}${manifest}`, again)).text()).toContain(
      'cannot update tag v1. The repository has enabled tag immutability',
    );
    access.repositories.set('p/r', { mode: 'remote', immutableTags: false });
    expect(await (await fetch(`${base}${manifest}`, again)).text()).toContain('remote repository');
    const unknown = await fetch(`${base}/v2/p/none/i/manifests/v1`, bearer(token));
    expect([unknown.status, await unknown.text()]).toMatchObject([
      404,
      expect.stringContaining(String.raw`Repository \"none\" not found`),
    ]);
    iam.deny('someone@example.com', `${host}/p/r`);
    expect((await fetch(`${base}/v2/token?scope=repository:p/r/i:pull`, bearer(token))).status).toBe(403);
    iam.revoke(token);
    expect((await fetch(`${base}${manifest}`, bearer(token))).status).toBe(401);
  });

  it('Google: a mount needs the right to read the other repository', async () => {
    const iam = new Iam();
    const access = new GoogleAccess('gcr.io', iam);
    const { base, registry } = await start(access, { ...googleBehaviour(), locationLength: 0 });
    for (const project of ['from', 'to']) access.repositories.set(project, { mode: 'standard', immutableTags: false });
    seed(image, registry.store, 'from/i', 'v1');
    const token = iam.mint('someone@example.com');
    iam.grant('someone@example.com', 'gcr.io/to', 'writer');
    const mount = `${base}/v2/to/i/blobs/uploads/?mount=${image.blobs[0]?.digest}&from=from/i`;
    expect((await fetch(mount, { ...bearer(token), method: 'POST' })).status).toBe(202);
    iam.grant('someone@example.com', 'gcr.io/from', 'reader');
    expect((await fetch(mount, { ...bearer(token), method: 'POST' })).status).toBe(201);
    iam.deny('someone@example.com', 'gcr.io/to');
    expect(await (await fetch(mount, { ...bearer(token), method: 'POST' })).text()).toContain(
      'projects/to/locations/us/repositories/gcr.io',
    );
  });

  it('a token exchange: the token is good for its scope, until it is revoked', async () => {
    const access = new TokenAccess({ username: 'u', password: 'p:w' });
    const { base, registry } = await start(access, plainBehaviour());
    seed(image, registry.store, 'p/r/i', 'v1');
    const challenge = (await fetch(`${base}${manifest}`)).headers.get('www-authenticate') ?? '';
    expect(challenge).toBe(`Bearer realm="${base}/token",service="fake-registry",scope="repository:p/r/i:pull"`);
    const endpoint = `${base}/token?scope=repository:p/r/i:pull`;
    expect((await fetch(endpoint, basic('u:wrong'))).status).toBe(401);
    const body = await (await fetch(endpoint, basic('u:p:w'))).json();
    expect(body).toMatchObject({ token: 'issued-token-1', expires_in: 300 });
    expect((await fetch(`${base}${manifest}`, bearer('issued-token-1'))).status).toBe(200);
    expect((await fetch(`${base}${manifest}`, { ...bearer('issued-token-1'), method: 'PUT' })).status).toBe(401);
    access.revokeAll();
    expect((await fetch(`${base}${manifest}`, bearer('issued-token-1'))).status).toBe(401);
  });

  it('a password in every request', async () => {
    const { base, registry } = await start(new BasicAccess({ username: 'u', password: 'p' }), plainBehaviour());
    seed(image, registry.store, 'p/r/i', 'v1');
    expect((await fetch(`${base}${manifest}`)).headers.get('www-authenticate')).toMatch(/^Basic /);
    expect((await fetch(`${base}${manifest}`, basic('u:p'))).status).toBe(200);
  });
});
