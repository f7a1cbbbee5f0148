import { ArtifactRegistryApi, type GoogleRegistry } from './artifact-registry-api.ts';
import { googleBehaviour } from './behaviour.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { GoogleAccess, type GoogleRepository, Iam, type Role } from './google-access.ts';
import { IamCredentials } from './iam-credentials.ts';
import { type MetadataServer, startMetadataServer } from './metadata-server.ts';
import { OAuthTokens } from './oauth-tokens.ts';
import { ConnectProxy } from './proxy.ts';
import { RegistryHost } from './registry-host.ts';
import { SecurityTokens } from './security-tokens.ts';
import { type ApplicationProtocol, FakeServer, type Handler } from './server.ts';

/** The account that builds run as in this world. */
export const buildAccount = '123456789012-compute@developer.gserviceaccount.com';

const standard: GoogleRepository = { mode: 'standard', immutableTags: false };

/** A small Google: registries under their real names behind a proxy, the metadata server, IAM. */
export class GoogleWorld {
  readonly iam: Iam;
  readonly credentials: IamCredentials;
  readonly oauth: OAuthTokens;
  readonly sts: SecurityTokens;
  /** `artifactregistry.googleapis.com` */
  readonly api: ArtifactRegistryApi;
  /** every registry host and API host, over TLS */
  readonly server: FakeServer;
  readonly metadata: MetadataServer;
  readonly proxy: ConnectProxy;
  /** what the program needs in its environment to live here */
  readonly environment: Readonly<Record<string, string>>;
  readonly #registries: Map<string, GoogleRegistry>;
  readonly #certificates: Certificates;

  constructor(parts: WorldParts, environment: Readonly<Record<string, string>>) {
    this.iam = parts.iam;
    this.credentials = parts.credentials;
    this.oauth = parts.oauth;
    this.sts = parts.sts;
    this.api = parts.api;
    this.server = parts.server;
    this.metadata = parts.metadata;
    this.proxy = parts.proxy;
    this.environment = environment;
    this.#registries = parts.registries;
    this.#certificates = parts.certificates;
  }

  /** @throws Error where this world has no such registry */
  registry(host: string): RegistryHost {
    return this.#find(host).registry;
  }

  /**
   * Makes an Artifact Registry repository, and grants the build account a role on it.
   * @param key `PROJECT/REPOSITORY`; on a gcr.io host `PROJECT`
   */
  makeRepository(host: string, key: string, role: Role, settings: GoogleRepository = standard): void {
    this.#find(host).access.repositories.set(key, settings);
    this.iam.grant(buildAccount, `${host}/${key}`, role);
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.proxy.stop(),
      this.server.stop(),
      this.metadata.server.stop(),
      this.#certificates.remove(),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #find(host: string): GoogleRegistry {
    const found = this.#registries.get(host);
    if (found === undefined) throw new Error(`no registry ${host} in this world`);
    return found;
  }
}

interface WorldParts {
  readonly iam: Iam;
  readonly credentials: IamCredentials;
  readonly oauth: OAuthTokens;
  readonly sts: SecurityTokens;
  readonly api: ArtifactRegistryApi;
  readonly server: FakeServer;
  readonly metadata: MetadataServer;
  readonly proxy: ConnectProxy;
  readonly registries: Map<string, GoogleRegistry>;
  readonly certificates: Certificates;
}

/**
 * @param hosts the registries, such as `us-central1-docker.pkg.dev`
 * @param others what answers for further hosts
 * @param protocols that the servers offer by ALPN
 */
export async function startGoogleWorld(
  hosts: readonly string[],
  others: ReadonlyMap<string, Handler> = new Map(),
  protocols: readonly ApplicationProtocol[] = ['h2', 'http/1.1'],
): Promise<GoogleWorld> {
  const iam = new Iam();
  const credentials = new IamCredentials(iam);
  const oauth = new OAuthTokens(iam);
  const sts = new SecurityTokens(iam);
  const registries = new Map(hosts.map((host) => [host, googleRegistry(host, iam)]));
  const api = new ArtifactRegistryApi(iam, registries);
  const handlers = new Map<string, Handler>([
    ...others,
    ['iamcredentials.googleapis.com', credentials],
    ['oauth2.googleapis.com', oauth],
    ['sts.googleapis.com', sts],
    ['artifactregistry.googleapis.com', api],
  ]);
  for (const [host, { registry }] of registries) handlers.set(host, registry);
  const certificates = await makeCertificates([...handlers.keys()]);
  const server = new FakeServer(handlers);
  const port = await server.listenTls(certificates.server, protocols);
  const metadata = await startMetadataServer(buildAccount, iam);
  const proxy = new ConnectProxy(new Map([...handlers.keys()].map((host) => [`${host}:443`, port])));
  const environment = {
    HTTPS_PROXY: await proxy.listen(),
    NODE_EXTRA_CA_CERTS: certificates.authorityFile,
    GCE_METADATA_HOST: metadata.host,
  };
  return new GoogleWorld(
    { iam, credentials, oauth, sts, api, server, metadata, proxy, registries, certificates },
    environment,
  );
}

function googleRegistry(host: string, iam: Iam): GoogleRegistry {
  const access = new GoogleAccess(host, iam);
  const registry = new RegistryHost(access, googleBehaviour());
  access.tagStands = (path, tag) => registry.store.find(path)?.tags.has(tag) === true;
  return { access, registry };
}
