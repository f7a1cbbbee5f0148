import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../../fake/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../../fake/docker-registry.ts';
import { multiPlatformIndex, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { ConnectProxy } from '../../fake/proxy.ts';
import { push } from '../../fake/seeding.ts';
import { type LoggedRegistry, promoted, startLogged } from './registries.ts';
import { needs } from './tools.ts';

const { missing, note } = needs('docker-registry');
const content = multiPlatformIndex('secured', sixPlatforms.slice(0, 3), 20_000);

describe.skipIf(missing)(`a real registry with TLS${note}`, () => {
  const host = 'registry.example';
  let certificates: Certificates;
  let open: DockerRegistry;
  let secured: LoggedRegistry;
  let proxy: ConnectProxy;
  let environment: Record<string, string>;

  beforeAll(async () => {
    certificates = await makeCertificates([host, '127.0.0.1']);
    [open, secured] = await Promise.all([startDockerRegistry(), startLogged(certificates)]);
    proxy = new ConnectProxy(new Map([[`${host}:443`, Number(secured.host.split(':').at(1))]]));
    environment = { HTTPS_PROXY: await proxy.listen() };
    await push(content, open.base, 'a/repo/app', 'v1');
  });

  afterAll(() => Promise.all([open?.stop(), secured?.stop(), proxy?.stop(), certificates?.remove()]));

  it('takes an image by its real name, through a proxy, its small requests over HTTP/2', async () => {
    const trusting = { ...environment, NODE_EXTRA_CA_CERTS: certificates.authorityFile };
    const references = [`${open.host}/a/repo/app:v1`, `${host}/b/repo/app:v1`];
    expect(await promoted(references, trusting)).toMatchObject({
      outcome: 'promoted',
      images: [{ digest: content.root.digest, verified: true }],
      blobs: { uploaded: content.blobs.length },
    });
    expect(await promoted(['verify', '--deep', ...references], trusting)).toMatchObject({ same: true });

    const asked = await secured.accesses();
    expect(asked).toContain('PUT /v2/b/repo/app/manifests/v1 HTTP/2.0 201');
    expect(asked.filter((line) => line.includes('/manifests/') && !line.includes('HTTP/2.0'))).toEqual([]);
  });

  it('gets nothing where its certificate is not trusted: exit 7 at once, and what to set', async () => {
    const before = (await secured.accesses()).length;
    const { status, stderr } = await runPromote(['digest', `${host}/b/repo/app:v1`], environment);
    expect(status).toBe(7);
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
    expect(stderr).not.toContain('retry');
    expect((await secured.accesses()).length).toBe(before);
  });
});

describe.skipIf(missing)(`a real registry with passwords${note}`, () => {
  /** by htpasswd -nbBC 4 promoter only-for-tests */
  const passwords = 'promoter:$2b$04$INbiApm88k4FaMhz.MeurOY0ORx4tBWRspkJnada6T7/LxImm3z4y\n';
  let folder: string;
  let open: DockerRegistry;
  let guarded: LoggedRegistry;
  let references: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'promote-passwords-'));
    const passwordFile = join(folder, 'passwords');
    await writeFile(passwordFile, passwords);
    [open, guarded] = await Promise.all([startDockerRegistry(), startLogged(undefined, passwordFile)]);
    references = [`${open.host}/a/repo/app:v1`, `${guarded.host}/b/repo/app:v1`];
    await push(content, open.base, 'a/repo/app', 'v1');
  });

  afterAll(async () => {
    await Promise.all([open?.stop(), guarded?.stop()]);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('lets in who is named in $DOCKER_CONFIG/config.json', async () => {
    const environment = await loggedIn('promoter:only-for-tests');
    expect(await promoted(references, environment)).toMatchObject({
      outcome: 'promoted',
      images: [{ digest: content.root.digest, verified: true }],
    });
    expect(await promoted(['verify', '--deep', ...references], environment)).toMatchObject({ same: true });
  });

  it.each([
    ['the wrong password', 'promoter:guessed'],
    ['nothing', undefined],
  ])('S10 S23 answers %s with exit 3, said once, and no password is shown', async (_who, login) => {
    const before = (await guarded.accesses()).length;
    const environment = login === undefined ? {} : await loggedIn(login);
    const { status, stdout, stderr } = await runPromote(references, environment);
    expect(status).toBe(3);
    expect(stderr).toContain('UNAUTHENTICATED');
    expect(stdout + stderr).not.toContain('guessed');
    expect(stdout + stderr).not.toContain(Buffer.from('promoter:guessed').toString('base64'));
    const writes = (await guarded.accesses()).slice(before).filter((line) => /^(PUT|PATCH|POST) /.test(line));
    expect(writes).toEqual([]);
  });

  async function loggedIn(login: string): Promise<{ DOCKER_CONFIG: string }> {
    const auths = { [guarded.host]: { auth: Buffer.from(login).toString('base64') } };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    return { DOCKER_CONFIG: folder };
  }
});
