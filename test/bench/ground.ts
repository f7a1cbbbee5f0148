import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../fake/certificates.ts';
import { buildAccount } from '../fake/google.ts';
import { Iam } from '../fake/google-access.ts';
import { startMetadataServer } from '../fake/metadata-server.ts';
import { ConnectProxy } from '../fake/proxy.ts';
import { type CountedRegistry, startCountedRegistry } from './counted-registry.ts';

export const here = 'us-central1-docker.pkg.dev';
export const elsewhere = 'europe-west1-docker.pkg.dev';
export type Host = typeof here | typeof elsewhere;

/** `far`: 10 ms each way to every registry */
export type Distance = 'near' | 'far';
const delayMs = 10;

export interface Traffic {
  readonly requests: number;
  readonly connections: number;
  /** from the tools to the registries, TLS's own included */
  readonly bytesSent: number;
}

/** Two registries under the names of production, in reach of every tool by the same proxy. */
export interface Ground {
  readonly registries: Readonly<Record<Host, CountedRegistry>>;
  /** an empty folder of this run's own: home of the tools, place for files */
  readonly folder: string;
  /** what a tool needs in its environment to come here; it sees no other */
  environment(distance: Distance): Record<string, string>;
  /** of the tools, until now */
  traffic(): Promise<Traffic>;
  stop(): Promise<void>;
}

export async function startGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'promote-bench-'));
  const certificates = await makeCertificates([here, elsewhere, '127.0.0.1']);
  const registries = {
    [here]: await startCountedRegistry(certificates, delayMs),
    [elsewhere]: await startCountedRegistry(certificates, delayMs),
  };
  const all = Object.entries(registries);
  const proxies = {
    near: new ConnectProxy(new Map(all.map(([host, { nearPort }]) => [`${host}:443`, nearPort]))),
    far: new ConnectProxy(new Map(all.map(([host, { farPort }]) => [`${host}:443`, farPort]))),
  };
  const addresses = { near: await proxies.near.listen(), far: await proxies.far.listen() };
  const metadata = await startMetadataServer(buildAccount, new Iam());
  return {
    registries,
    folder,
    environment: (distance) => ({
      PATH: process.env.PATH ?? '',
      HOME: folder,
      DOCKER_CONFIG: folder,
      CLOUDSDK_CONFIG: folder,
      HTTPS_PROXY: addresses[distance],
      SSL_CERT_FILE: certificates.authorityFile,
      NODE_EXTRA_CA_CERTS: certificates.authorityFile,
      GCE_METADATA_HOST: metadata.host,
    }),
    traffic: async () => {
      const counts = await Promise.all(all.map(([, registry]) => registry.requests()));
      return {
        requests: counts.reduce((sum, count) => sum + count, 0),
        connections: proxies.near.connects.length + proxies.far.connects.length,
        bytesSent: proxies.near.bytesSent + proxies.far.bytesSent,
      };
    },
    stop: async () => {
      await Promise.all([proxies.near.stop(), proxies.far.stop(), metadata.server.stop()]);
      await Promise.all(all.map(([, registry]) => registry.stop()));
      await certificates.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
