import { Fault } from '../fault.ts';
import { isGoogleRegistryHost } from '../oci/artifact-registry-name.ts';
import type { CredentialProvider } from '../registry/credentials.ts';
import type { Clock } from '../retry.ts';
import { apiHost } from './api-host.ts';
import { eagerRefreshThresholdMillis, type Identity, type Principal } from './identity.ts';

interface AccessToken {
  readonly value: string;
  /** milliseconds since the epoch; from then on a new one is asked for */
  readonly refreshAt: number;
}

/** a token that was itself taken because of a 401 so recently is not renewed again */
const renewalPauseMs = 60_000;

/**
 * Access tokens for Google's registry hosts and Artifact Registry's API, and for no other host. One is asked for when first
 * needed, again shortly before it ends, and once when a registry no longer accepts it.
 */
export class GoogleCredentials implements CredentialProvider {
  readonly #identify: () => Promise<Identity>;
  readonly #clock: Clock;
  #token: Promise<AccessToken> | undefined;
  #identity: Promise<Identity> | undefined;
  #principal: Promise<Principal> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  /** @param identify makes the identity anew, with no token in it */
  constructor(identify: () => Promise<Identity>, clock: Clock) {
    this.#identify = identify;
    this.#clock = clock;
  }

  async authorization(host: string): Promise<string | undefined> {
    return isGoogleRegistryHost(host) || host === apiHost ? `Bearer ${(await this.#current()).value}` : undefined;
  }

  async renew(host: string, rejected: string): Promise<string | undefined> {
    const before = this.#token;
    const current = await this.authorization(host);
    if (current === undefined || current !== rejected) return current;
    // Whoever comes first renews it; the others find the new one on its way.
    if (this.#token === before) {
      if (this.#clock.now() - this.#renewedAt < renewalPauseMs) return undefined;
      this.#renewedAt = this.#clock.now();
      this.#identity = undefined;
      this.#token = undefined;
    }
    const renewed = await this.authorization(host);
    return renewed === rejected ? undefined : renewed;
  }

  /** Who the token belongs to. Asked once: what is said after a failure was learnt before it. */
  principal(): Promise<Principal> {
    this.#identity ??= this.#identify();
    this.#principal ??= this.#identity.then((identity) => identity.principal());
    return this.#principal;
  }

  /** The project that the REST API's calls are counted against; undefined: the API's own rule. */
  async quotaProject(): Promise<string | undefined> {
    this.#identity ??= this.#identify();
    return (await this.#identity).quotaProject;
  }

  async #current(): Promise<AccessToken> {
    this.#token ??= this.#fetch();
    const known = this.#token;
    const token = await known;
    if (this.#clock.now() < token.refreshAt) return token;
    if (this.#token === known) this.#token = undefined;
    this.#token ??= this.#fetch();
    return this.#token;
  }

  async #fetch(): Promise<AccessToken> {
    this.#identity ??= this.#identify();
    const identity = await this.#identity;
    try {
      const { token } = await identity.client.getAccessToken();
      if (token == null || token === '') throw new Error('the answer holds no token');
      return { value: token, refreshAt: this.#refreshAt(identity.client.credentials.expiry_date) };
    } catch (error) {
      this.#token = undefined;
      const fault = faultIn(error);
      throw fault === undefined || fault.code === 'NETWORK' ? await identity.failed(error) : fault;
    }
  }

  /** A token that has little life left is used until it ends: the metadata server would only give it again. */
  #refreshAt(expiry: number | null | undefined): number {
    if (expiry == null) return Number.POSITIVE_INFINITY;
    const early = expiry - eagerRefreshThresholdMillis;
    return early > this.#clock.now() ? early : expiry;
  }
}

/** Our transport's faults come back inside the library's own errors: a signal or the deadline must not read as a refusal. */
function faultIn(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error;
  return error instanceof Error ? faultIn(error.cause) : undefined;
}
