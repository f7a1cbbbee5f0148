import { getProxyForUrl } from 'proxy-from-env';
import type { Settings } from './cli/command.ts';
import { advise } from './google/advice.ts';
import { fileIdentity, findCredentialFile } from './google/credential-file.ts';
import { GoogleCredentials } from './google/credentials.ts';
import { fetchOver } from './google/fetch.ts';
import type { Identity } from './google/identity.ts';
import { impersonating } from './google/impersonation.ts';
import { metadataIdentity, metadataOrigin } from './google/metadata-identity.ts';
import { FollowingTransport } from './http/following-transport.ts';
import { Gate } from './http/gate.ts';
import { LimitedTransport } from './http/limited-transport.ts';
import { type Exchange, MeteredTransport } from './http/metered-transport.ts';
import { NetworkTransport } from './http/network-transport.ts';
import { Origins } from './http/origins.ts';
import { RetryingTransport } from './http/retrying-transport.ts';
import type { Transport } from './http/transport.ts';
import { isGoogleRegistryHost } from './oci/artifact-registry-name.ts';
import type { Reference } from './oci/reference.ts';
import type { PromotionEvent } from './promotion/events.ts';
import type { World } from './promotion/world.ts';
import { AuthorizedTransport } from './registry/authorized-transport.ts';
import type { CredentialProvider } from './registry/credentials.ts';
import { DockerConfig } from './registry/docker-config.ts';
import { registryOrigin } from './registry/endpoint.ts';
import { RemoteRepository } from './registry/repository.ts';
import { type Limits, systemClock } from './retry.ts';

/** one request to a Google API */
const apiDeadlineMs = 20_000;

/** Everything that a run speaks to the outside through. */
export interface Composition {
  readonly world: World;
  /** who acts on Google's registries, for people; undefined where none of the hosts is Google's */
  identity(): Promise<string | undefined>;
  close(): void;
}

/** What a composition tells of while it works. */
export interface Listener {
  readonly emit: (event: PromotionEvent) => void;
  readonly exchange: (exchange: Exchange) => void;
}

/**
 * Joins the rooms for one run.
 * @param references all that the user named: their hosts may be private, no other host may
 * @param stopping aborted by whoever wants the run to end, with a Fault as the reason
 */
export function compose(
  references: readonly Reference[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
  stopping: AbortController,
  listener: Listener,
): Composition {
  const limits: Limits = {
    clock: systemClock,
    signal: stopping.signal,
    deadline: systemClock.now() + settings.deadlineMs,
  };
  const hosts = new Set(references.map(({ host }) => host));
  const registryOrigins = new Origins((host) => hosts.has(host), getProxyForUrl);
  let requests = 0;
  const metered = new MeteredTransport(
    new NetworkTransport(registryOrigins, stopping.signal),
    systemClock.now,
    (exchange) => {
      requests += 1;
      listener.exchange(exchange);
    },
  );
  const registries = new RetryingTransport(
    new LimitedTransport(metered, settings.concurrency),
    limits,
    new Gate(limits),
    (notice) => listener.emit({ type: 'retry', ...notice }),
  );
  // Google's APIs and the metadata server are named by our own code and by the library, never by a server.
  const apiOrigins = new Origins(() => true, getProxyForUrl);
  const metadataOrigins = new Origins(
    () => true,
    () => '',
  );
  const google = new GoogleCredentials(
    () =>
      identify(
        settings,
        env,
        new NetworkTransport(apiOrigins, stopping.signal),
        new NetworkTransport(metadataOrigins, stopping.signal),
      ),
    systemClock,
  );
  // Connections are opened while the first token is fetched.
  for (const reference of references) registryOrigins.warm(new URL(registryOrigin(reference)));
  const credentials = byHost(google, new DockerConfig(env));
  const atGoogle = [...hosts].some(isGoogleRegistryHost);
  const member = async () => (atGoogle ? google.describe().catch(() => undefined) : undefined);
  // One for each, so that what it learnt (a token, what the registry can do) is not asked again.
  const repositories = new Map<string, RemoteRepository>();
  return {
    world: {
      open: (reference, side) => {
        const key = `${side} ${reference.name}`;
        const opened =
          repositories.get(key) ??
          new RemoteRepository(reference, registryTransport(reference, registries, credentials), side);
        repositories.set(key, opened);
        return opened;
      },
      emit: listener.emit,
      limits,
      stop: (reason) => stopping.abort(reason),
      advised: async (fault) => (fault.about === undefined ? fault : advise(fault, (await member()) ?? 'nobody')),
      requests: () => requests,
    },
    identity: member,
    close: () => {
      for (const origins of [registryOrigins, apiOrigins, metadataOrigins]) origins.close();
    },
  };
}

function registryTransport(reference: Reference, inner: Transport, credentials: CredentialProvider): Transport {
  return new FollowingTransport(new AuthorizedTransport(inner, new URL(registryOrigin(reference)), credentials));
}

function byHost(google: CredentialProvider, others: CredentialProvider): CredentialProvider {
  const providerFor = (host: string) => (isGoogleRegistryHost(host) ? google : others);
  return {
    authorization: (host) => providerFor(host).authorization(host),
    renew: (host, rejected) => providerFor(host).renew(host, rejected),
  };
}

async function identify(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  apis: Transport,
  metadata: Transport,
): Promise<Identity> {
  const fetchImplementation = fetchOver(apis, apiDeadlineMs);
  const file = await findCredentialFile(env);
  const own =
    file === undefined
      ? await metadataIdentity(metadata, metadataOrigin(env))
      : await fileIdentity(file, fetchImplementation);
  const [first, ...others] = settings.impersonate;
  return first === undefined ? own : impersonating(own, [first, ...others], fetchImplementation);
}
