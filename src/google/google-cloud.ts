import type { Fault } from '../fault.ts';
import { unlessAborted } from '../http/connecting.ts';
import { Gate } from '../http/gate.ts';
import { LimitedTransport } from '../http/limited-transport.ts';
import { NetworkTransport } from '../http/network-transport.ts';
import { Origins } from '../http/origins.ts';
import { RetryingTransport } from '../http/retrying-transport.ts';
import type { Transport } from '../http/transport.ts';
import { AuthorizedTransport } from '../registry/authorized-transport.ts';
import type { CredentialProvider } from '../registry/credentials.ts';
import type { Limits } from '../retry.ts';
import { apiHost } from './api-host.ts';
import type { ArtifactRegistry } from './artifact-registry.ts';
import { GoogleCredentials } from './credentials.ts';
import { fetchOver } from './fetch.ts';
import { findCredentialFile } from './find-credentials.ts';
import type { Identity, Principal } from './identity.ts';
import { ArtifactRegistryListing } from './listing.ts';
import { metadataIdentity, metadataOrigin } from './metadata-identity.ts';

/** one request to a Google API */
const apiDeadlineMs = 20_000;
/** so long what only `check` asks is tried again: where no API can be reached it shall say so soon */
const checkDeadlineMs = 8_000;
/** one look-up for advice, and all that advice takes: the run has failed already */
const lookUpDeadlineMs = 3_000;
const adviceDeadlineMs = 8_000;
const requestsAtATime = 32;
/** Where other clouds give a workload its token: link-local, no proxy could reach it. */
const linkLocal = /^169\.254\.\d+\.\d+$/;

/** @param proxyFor the proxy for a URL, or an empty string */
export function besideLinkLocal(proxyFor: (url: string) => string): (url: string) => string {
  return (url) => (linkLocal.test(new URL(url).hostname) ? '' : proxyFor(url));
}

/**
 * All of Google that is not a registry: who we are there, Artifact Registry's API, and advice. What most runs do not need
 * is loaded when it is needed.
 */
export class GoogleCloud {
  readonly #env: NodeJS.ProcessEnv;
  readonly #impersonate: readonly string[];
  readonly #limits: Limits;
  readonly #origins: Origins;
  /** The metadata server, wherever GCE_METADATA_HOST says it is: never through a proxy. */
  readonly #metadataOrigins = new Origins(
    () => true,
    () => '',
  );
  readonly #credentials: GoogleCredentials;
  /** Look-ups for advice outlive what stopped the run. */
  readonly #closing = new AbortController();

  /**
   * @param impersonate service accounts, the last is the target; none: as we are
   * @param proxyFor the proxy for a URL, or an empty string
   */
  constructor(
    env: NodeJS.ProcessEnv,
    impersonate: readonly string[],
    limits: Limits,
    proxyFor: (url: string) => string,
  ) {
    this.#env = env;
    this.#impersonate = impersonate;
    this.#limits = limits;
    // These hosts are named by our own code, by the library and by the credential file, never by a server.
    this.#origins = new Origins(() => true, besideLinkLocal(proxyFor));
    this.#credentials = new GoogleCredentials(() => this.#identify(), limits.clock);
  }

  get credentials(): CredentialProvider {
    return this.#credentials;
  }

  /** @throws Fault where the credentials are malformed */
  principal(): Promise<Principal> {
    return this.#credentials.principal();
  }

  /** The API for who asks before a run; what fails in passing is tried again. */
  artifactRegistry(): Promise<ArtifactRegistry> {
    const { clock, signal, deadline } = this.#limits;
    const limits = { clock, signal, deadline: Math.min(deadline, clock.now() + checkDeadlineMs) };
    return this.#api(this.#retrying(limits));
  }

  /** The API's lists, for repositories that hold more than the registry itself lists. */
  listing(): ArtifactRegistryListing {
    return new ArtifactRegistryListing(this.#authorized(this.#retrying(this.#limits)), () =>
      this.#credentials.quotaProject(),
    );
  }

  /**
   * The fault with what is wrong and the command that mends it, where that is known; takes some seconds at most.
   * @param ended by a signal: then there is no time for advice
   */
  async advise(fault: Fault, ended: AbortSignal): Promise<Fault> {
    if (fault.about === undefined || ended.aborted) return fault;
    const enough = AbortSignal.any([ended, AbortSignal.timeout(adviceDeadlineMs)]);
    return unlessAborted(this.#advised(fault), enough).catch(() => fault);
  }

  async #advised(fault: Fault): Promise<Fault> {
    const [{ advise }, { LookAround }] = await Promise.all([import('./advice.ts'), import('./look-around.ts')]);
    return advise(fault, {
      principal: () => this.principal().catch(() => undefined),
      around: new LookAround(await this.#api(this.#network(this.#closing.signal)), lookUpDeadlineMs),
    });
  }

  close(): void {
    this.#closing.abort();
    for (const origins of [this.#origins, this.#metadataOrigins]) origins.close();
  }

  async #api(transport: Transport): Promise<ArtifactRegistry> {
    const { ArtifactRegistry } = await import('./artifact-registry.ts');
    return new ArtifactRegistry(this.#authorized(transport), () => this.#credentials.quotaProject());
  }

  #authorized(transport: Transport): Transport {
    return new AuthorizedTransport(transport, new URL(`https://${apiHost}`), this.#credentials);
  }

  #retrying(limits: Limits): Transport {
    return new RetryingTransport(this.#network(limits.signal), limits, new Gate(limits), () => undefined);
  }

  #network(signal: AbortSignal): Transport {
    return new LimitedTransport(new NetworkTransport(this.#origins, signal), requestsAtATime);
  }

  async #identify(): Promise<Identity> {
    const fetchImplementation = fetchOver(new NetworkTransport(this.#origins, this.#limits.signal), apiDeadlineMs);
    const own = await this.#ownIdentity(fetchImplementation);
    const [first, ...others] = this.#impersonate;
    if (first === undefined) return own;
    const { impersonating } = await import('./impersonation.ts');
    return impersonating(own, [first, ...others], fetchImplementation);
  }

  async #ownIdentity(fetchImplementation: typeof fetch): Promise<Identity> {
    const file = await findCredentialFile(this.#env);
    if (file === undefined) {
      const network = new NetworkTransport(this.#metadataOrigins, this.#limits.signal);
      return metadataIdentity(network, metadataOrigin(this.#env));
    }
    const { fileIdentity } = await import('./credential-file.ts');
    return fileIdentity(file, this.#env, fetchImplementation);
  }
}
