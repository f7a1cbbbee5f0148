import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A key and its certificate, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority for one test, and a server's certificate that it signed; also as PEM files. */
export interface Certificates {
  readonly server: Certificate;
  /** for NODE_EXTRA_CA_CERTS */
  readonly authorityFile: string;
  readonly serverCertFile: string;
  readonly serverKeyFile: string;
  /** removes the files */
  remove(): Promise<void>;
}

/** @param names the host names and addresses that the server answers for */
export async function makeCertificates(names: readonly string[]): Promise<Certificates> {
  const authority = await makeAuthority();
  const server = await makeLeaf(names, authority);
  const folder = await mkdtemp(join(tmpdir(), 'promote-certificates-'));
  const authorityFile = join(folder, 'authority.pem');
  const serverCertFile = join(folder, 'server.pem');
  const serverKeyFile = join(folder, 'server-key.pem');
  await Promise.all([
    writeFile(authorityFile, authority.cert),
    writeFile(serverCertFile, server.cert),
    writeFile(serverKeyFile, server.key, { mode: 0o600 }),
  ]);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { server, authorityFile, serverCertFile, serverKeyFile, remove };
}

async function makeAuthority(): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'Throw-away test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert };
}

async function makeLeaf(names: readonly string[], authority: Certificate): Promise<Certificate> {
  const altNames = names.map((name) =>
    isIP(name) === 0 ? ({ type: 2, value: name } as const) : ({ type: 7, ip: name } as const),
  );
  const made = await generate([{ name: 'commonName', value: 'Throw-away test server' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { key: made.private, cert: made.cert };
}
