import { getProxyForUrl } from 'proxy-from-env';
import type { Settings } from './cli/command.ts';
import { type Side, withRemedy } from './fault.ts';
import type { ArtifactRegistry } from './google/artifact-registry.ts';
import { GoogleCloud } from './google/google-cloud.ts';
import type { Principal } from './google/identity.ts';
import { ArtifactRegistryRepository } from './google/repository.ts';
import { FollowingTransport } from './http/following-transport.ts';
import { Gate } from './http/gate.ts';
import { LimitedTransport } from './http/limited-transport.ts';
import { type Exchange, MeteredTransport } from './http/metered-transport.ts';
import { NetworkTransport } from './http/network-transport.ts';
import { Origins } from './http/origins.ts';
import { ResumingTransport } from './http/resuming-transport.ts';
import { RetryingTransport, type RetryNotice } from './http/retrying-transport.ts';
import type { Transport } from './http/transport.ts';
import { artifactRegistryPlace, isGoogleRegistryHost } from './oci/artifact-registry-name.ts';
import type { Reference } from './oci/reference.ts';
import type { PromotionEvent } from './promotion/events.ts';
import type { World } from './promotion/world.ts';
import { AuthorizedTransport } from './registry/authorized-transport.ts';
import { Catalog } from './registry/catalog.ts';
import type { CredentialProvider } from './registry/credentials.ts';
import { DockerConfig } from './registry/docker-config.ts';
import { registryOrigin } from './registry/endpoint.ts';
import { RemoteRepository } from './registry/repository.ts';
import { type Limits, systemClock } from './retry.ts';

/** Everything that a run speaks to the outside through. */
export interface Composition {
  readonly world: World;
  /** who acts on Google's registries; undefined where none of the hosts is Google's, or it cannot be known */
  principal(): Promise<Principal | undefined>;
  /** Artifact Registry's own API, for what is asked before a promotion */
  artifactRegistry(): Promise<ArtifactRegistry>;
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
 * @param ended aborted by whoever wants the run to end, with a Fault as the reason; no advice is waited for then
 */
export function compose(
  references: readonly Reference[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
  ended: AbortSignal,
  listener: Listener,
): Composition {
  const stopping = new AbortController();
  const limits: Limits = {
    clock: systemClock,
    signal: AbortSignal.any([ended, stopping.signal]),
    deadline: systemClock.now() + settings.deadlineMs,
  };
  const origins = originsOf(references);
  let requests = 0;
  const metered = new MeteredTransport(new NetworkTransport(origins, limits.signal), systemClock.now, (exchange) => {
    requests += 1;
    listener.exchange(exchange);
  });
  const notify = (notice: RetryNotice) => listener.emit({ type: 'retry', ...notice });
  const limited = new LimitedTransport(metered, settings.concurrency);
  const registries = new RetryingTransport(limited, limits, new Gate(limits), notify);
  const google = new GoogleCloud(env, settings.impersonate, limits, getProxyForUrl);
  const credentials = byHost(google.credentials, new DockerConfig(env));
  const atGoogle = references.some(({ host }) => isGoogleRegistryHost(host));
  const principal = async () => (atGoogle ? google.principal().catch(() => undefined) : undefined);
  // One for each, so that what it learnt (a token, what the registry can do) is not asked again.
  const repositories = new Map<string, RemoteRepository>();
  const connect = (reference: Reference, side: Side | undefined): RemoteRepository => {
    const transport = new ResumingTransport(registryTransport(reference, registries, credentials), limits, notify);
    const place = artifactRegistryPlace(reference);
    if (place === undefined) return new RemoteRepository(reference, transport, side, limits);
    return new ArtifactRegistryRepository(reference, place, transport, side, limits, () => google.listing());
  };
  const open: World['open'] = (reference, side) => {
    const key = `${side} ${reference.name}`;
    const opened = repositories.get(key) ?? connect(reference, side);
    repositories.set(key, opened);
    return opened;
  };
  return {
    world: {
      open,
      repositories: (prefix, side) => {
        const transport = registryTransport(prefix, registries, credentials);
        return new Catalog((reference) => open(reference, side), transport, side).below(prefix);
      },
      emit: listener.emit,
      limits,
      stop: (reason) => stopping.abort(reason),
      advised: async (fault) => withRemedy(await google.advise(fault, ended)),
      requests: () => requests,
    },
    principal,
    artifactRegistry: () => google.artifactRegistry(),
    close: () => {
      origins.close();
      google.close();
    },
  };
}

/** Where the registries are, with connections opened while the first token is fetched. */
function originsOf(references: readonly Reference[]): Origins {
  const hosts = new Set(references.map(({ host }) => host));
  // A registry on this machine is not asked for through another.
  const near = new Set(references.filter(({ isLoopback }) => isLoopback).map(({ host }) => host));
  const origins = new Origins(
    (host) => hosts.has(host),
    (url) => (near.has(new URL(url).host) ? '' : getProxyForUrl(url)),
  );
  for (const reference of references) origins.warm(new URL(registryOrigin(reference)));
  return origins;
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
