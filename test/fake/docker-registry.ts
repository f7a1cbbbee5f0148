import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Certificates } from './certificates.ts';
import { requireTool } from './tools.ts';

/** The Docker project's registry as a process of its own, on loopback, with its storage in a folder of its own. */
export interface DockerRegistry {
  /** `127.0.0.1:PORT`, as it stands in a reference */
  readonly host: string;
  /** `http://127.0.0.1:PORT` or `https://…` */
  readonly base: string;
  /** the file that holds a blob's bytes */
  fileOf(digest: string): string;
  /** ends the process and removes the storage */
  stop(): Promise<void>;
}

/**
 * @param certificates for TLS; plain HTTP without
 * @param accessed told of every request, as a line of the registry's access log; there is no such log without
 * @param passwordFile in htpasswd's form, with bcrypt: who may come in; everybody without
 * @throws Error with the process's output when it does not come up
 */
export async function startDockerRegistry(
  certificates?: Certificates,
  accessed?: (line: string) => void,
  passwordFile?: string,
): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'promote-registry-'));
  const settings = { ...logging(accessed !== undefined), ...passwords(passwordFile) };
  try {
    const { child, port } = await startOnFreePort(folder, certificates, settings);
    if (accessed !== undefined && child.stdout !== null) createInterface(child.stdout).on('line', accessed);
    const host = `127.0.0.1:${port}`;
    return {
      host,
      base: `${certificates === undefined ? 'http' : 'https'}://${host}`,
      fileOf: (digest) => blobFile(folder, digest),
      stop: async () => {
        await end(child);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A free port may be taken before the registry opens it; then another is tried. */
async function startOnFreePort(
  folder: string,
  certificates: Certificates | undefined,
  settings: object,
): Promise<{ child: ChildProcess; port: number }> {
  const failures: unknown[] = [];
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const port = await freePort();
    const file = join(folder, 'config.yml');
    await writeFile(file, configuration(folder, port, certificates, settings));
    const child = spawn(requireTool('docker-registry'), ['serve', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      await listening(child);
      return { child, port };
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `docker-registry does not start: ${failures.join('\n')}`);
}

function logging(accesses: boolean): object {
  return { log: { level: 'info', accesslog: { disabled: !accesses } } };
}

function passwords(file: string | undefined): object {
  return file === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: file } } };
}

function configuration(folder: string, port: number, certificates: Certificates | undefined, settings: object): string {
  const { serverCertFile, serverKeyFile } = certificates ?? {};
  return JSON.stringify({
    version: '0.1',
    ...settings,
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(certificates === undefined ? {} : { tls: { certificate: serverCertFile, key: serverKeyFile } }),
    },
  });
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes('listening on')) resolve();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('error', reject);
    child.on('close', (status) => reject(new Error(`ended with status ${status}: ${output}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

function blobFile(folder: string, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(folder, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      server.close(() => resolve(port));
    });
  });
}
