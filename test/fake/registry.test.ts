import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type Access, BasicAccess, OpenAccess, TokenAccess } from './access.ts';
import { type Behaviour, googleBehaviour, plainBehaviour } from './behaviour.ts';
import { makeCertificates } from './certificates.ts';
import { type DockerRegistry, startDockerRegistry } from './docker-registry.ts';
import { GoogleAccess, Iam } from './google-access.ts';
import type { SeedContent } from './image-parts.ts';
import {
  attachedArtifact,
  dockerSchema2List,
  multiPlatformIndex,
  sha512Image,
  singleImage,
  sixPlatforms,
} from './images.ts';
import { type LoopbackRegistry, startLoopbackRegistry } from './registry.ts';
import { push, seed } from './seeding.ts';
import { isMissing, requireTool } from './tools.ts';

const image = singleImage('registry', [500, 700]);
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(access: Access, behaviour: Behaviour): Promise<LoopbackRegistry & { base: string }> {
  const started = await startLoopbackRegistry(access, behaviour);
  stops.push(() => started.server.stop());
  return { ...started, base: `http://${started.host}` };
}

describe('the fake registry', () => {
  it('takes what is pushed, and refuses what is wrong in it', async () => {
    const { base, registry } = await start(new OpenAccess(), plainBehaviour());
    await push(image, base, 'a/b', 'v1');
    expect(registry.store.find('a/b')?.manifest('v1')?.bytes).toEqual(image.root.bytes);
    const elsewhere = { ...image, blobs: image.blobs.slice(1) };
    await expect(push(elsewhere, base, 'a/c', 'v1')).rejects.toThrow('MANIFEST_BLOB_UNKNOWN');
    const [blob] = image.blobs;
    const lying = { ...image, blobs: [{ digest: image.root.digest, bytes: blob?.bytes ?? new Uint8Array() }] };
    await expect(push(lying, base, 'a/d', 'v1')).rejects.toThrow('DIGEST_INVALID');
  });

  it('serves sha512 manifests and blobs by their digests', async () => {
    const { base, registry } = await start(new OpenAccess(), plainBehaviour());
    const long = sha512Image('long');
    seed(long, registry.store, 'a/b', 'v1');
    const response = await fetch(`${base}/v2/a/b/manifests/v1`);
    expect(response.headers.get('docker-content-digest')).toBe(long.root.digest);
    const last = long.blobs.at(-1)?.digest ?? '';
    expect(last).toMatch(/^sha512:/);
    expect((await fetch(`${base}/v2/a/b/blobs/${last}`)).status).toBe(200);
  });

  it('redirects downloads on the same host, and honours ranges', async () => {
    const { base, registry } = await start(new OpenAccess(), googleBehaviour());
    seed(image, registry.store, 'p/r/i', 'v1');
    const { digest, bytes } = image.blobs[1] ?? image.root;
    const redirect = await fetch(`${base}/v2/p/r/i/blobs/${digest}`, { redirect: 'manual' });
    expect(redirect.status).toBe(302);
    expect(redirect.headers.get('location')).toMatch(/^\/artifacts-downloads\//);
    const rest = await fetch(`${base}/v2/p/r/i/blobs/${digest}`, { headers: { range: 'bytes=100-' } });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes 100-${bytes.length - 1}/${bytes.length}`);
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(100))).toBe(true);
  });

  it('refuses what Artifact Registry refuses of an upload', async () => {
    const { base } = await start(new OpenAccess(), { ...googleBehaviour(), locationLength: 0 });
    const open = async (): Promise<string> => {
      const response = await fetch(`${base}/v2/p/r/i/blobs/uploads/`, { method: 'POST' });
      return `${base}${response.headers.get('location')}`;
    };
    const { digest, bytes } = image.blobs[1] ?? image.root;
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
    const location = await open();
    const withoutLength = await fetch(`${location}?digest=${digest}`, { method: 'PUT', body: chunked, duplex: 'half' });
    expect(withoutLength.status).toBe(411);
    expect((await fetch(`${await open()}?digest=${digest}`, { method: 'PUT' })).status).toBe(400);
    const patched = await open();
    expect((await fetch(patched, { method: 'PATCH', body: 'one' })).status).toBe(202);
    expect((await fetch(patched, { method: 'PATCH', body: 'two' })).status).toBe(405);
    expect((await fetch(patched)).headers.get('range')).toBe('0-2');
    expect((await fetch(patched, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(patched)).status).toBe(404);
  });

  it("lists tags with Google's details, the catalog, and referrers under their fallback tag too", async () => {
    const { base, registry } = await start(new OpenAccess(), { ...googleBehaviour(), locationLength: 0 });
    const signature = attachedArtifact('signature', image.root);
    await push(image, base, 'p/r/i', 'v1');
    await push(signature, base, 'p/r/i', 'signature');
    const list = await (await fetch(`${base}/v2/p/r/i/tags/list`)).json();
    const fallback = image.root.digest.replace(':', '-');
    expect(list).toMatchObject({
      tags: [fallback, 'signature', 'v1'],
      manifest: { [image.root.digest]: { tag: ['v1'] } },
    });
    expect(await (await fetch(`${base}/v2/_catalog`)).json()).toEqual({ repositories: ['p/r/i'] });
    const listed = await (await fetch(`${base}/v2/p/r/i/referrers/${image.root.digest}`)).json();
    expect(listed).toMatchObject({ manifests: [{ digest: signature.root.digest }] });
    expect(registry.store.at('p/r/i').manifest(fallback)?.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    const other = await fetch(`${base}/v2/p/r/i/referrers/${image.root.digest}?artifactType=other`);
    expect(await other.json()).toMatchObject({ manifests: [] });
  });
});

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

const withoutSkopeo = isMissing('skopeo') || isMissing('docker-registry');

describe.skipIf(withoutSkopeo)(withoutSkopeo ? 'skipped: skopeo or docker-registry is not installed' : 'skopeo', () => {
  async function startReal(): Promise<DockerRegistry> {
    const registry = await startDockerRegistry();
    stops.push(() => registry.stop());
    return registry;
  }

  async function skopeo(...args: string[]): Promise<string> {
    return (await promisify(execFile)(requireTool('skopeo'), args)).stdout;
  }

  it.each<[string, SeedContent]>([
    ['an OCI index', multiPlatformIndex('skopeo', sixPlatforms.slice(0, 2), 900)],
    ['a Docker list', dockerSchema2List('skopeo', sixPlatforms.slice(0, 2), 900)],
  ])('copies %s between a real registry and both manners of the fake', async (_name, content) => {
    const real = await startReal();
    await push(content, real.base, 'p/r/i', 'v1');
    const iam = new Iam();
    const access = new GoogleAccess('us-docker.pkg.dev', iam);
    access.repositories.set('p/r', { mode: 'standard', immutableTags: false });
    iam.grant('someone@example.com', 'us-docker.pkg.dev/p/r', 'writer');
    const login = `oauth2accesstoken:${iam.mint('someone@example.com')}`;
    const google = await start(access, googleBehaviour());
    const plain = await start(new TokenAccess(), plainBehaviour());
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const at = (host: string): string => `docker://${host}/p/r/i:v1`;
    await skopeo('copy', '--all', ...insecure, '--dest-creds', login, at(real.host), at(google.host));
    await skopeo('copy', '--all', ...insecure, '--src-creds', login, at(google.host), at(plain.host));
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', at(plain.host));
    expect(Buffer.from(raw).equals(content.root.bytes)).toBe(true);
  });
});

const withoutRegistry = isMissing('docker-registry');
const overTls = withoutRegistry
  ? 'docker-registry over TLS (skipped: docker-registry is not installed)'
  : 'docker-registry over TLS';

it.skipIf(withoutRegistry)(overTls, async () => {
  const certificates = await makeCertificates(['127.0.0.1']);
  stops.push(() => certificates.remove());
  const registry = await startDockerRegistry(certificates);
  stops.push(() => registry.stop());
  expect(registry.base).toBe(`https://${registry.host}`);
  await expect(fetch(`${registry.base}/v2/`)).rejects.toMatchObject({
    cause: { code: expect.stringMatching(/VERIFY|SELF_SIGNED/) },
  });
});
