import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type Access, OpenAccess, TokenAccess } from './access.ts';
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
    // Named first: a package in the tests brings the browser's types along, which do not know `duplex`.
    const streamed = { method: 'PUT', body: chunked, duplex: 'half' } as const;
    const withoutLength = await fetch(`${location}?digest=${digest}`, streamed);
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
