import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { Fault } from '../fault.ts';
import { printable } from '../text.ts';
import { AddressGuard } from './address-guard.ts';
import { Origin } from './origin.ts';
import { TunnelAgent } from './tunnel-agent.ts';

/** Google's downloads redirect there; a proxy may resolve it. */
const knownForeignHosts: ReadonlySet<string> = new Set(['storage.googleapis.com']);

/** The origins that are spoken to, each with its connections. */
export class Origins {
  readonly #isNamed: (host: string) => boolean;
  readonly #proxyFor: (url: string) => string;
  readonly #origins = new Map<string, Origin>();
  readonly #guard = new AddressGuard();

  /**
   * @param isNamed a host (with port, where there is one) that the user or our own code names: it may
   *   be private; any other is refused where it leads to a private address
   * @param proxyFor the proxy for a URL, or an empty string
   */
  constructor(isNamed: (host: string) => boolean, proxyFor: (url: string) => string) {
    this.#isNamed = isNamed;
    this.#proxyFor = proxyFor;
  }

  /** @throws Fault REDIRECT_FORBIDDEN for a private or unverifiable host that only a server named */
  at(url: URL): Origin {
    const known = this.#origins.get(url.origin);
    if (known !== undefined) return known;
    const proxy = usableProxy(this.#proxyFor(url.href));
    const foreign = !this.#isNamed(url.host);
    if (foreign) this.#refuse(url, proxy);
    const origin = new Origin(url, this.#agent(url, proxy, foreign));
    this.#origins.set(url.origin, origin);
    return origin;
  }

  /** Opens a connection that will be needed. If it fails, the request that needs it tells. */
  warm(url: URL): void {
    this.at(url)
      .session()
      .catch(() => undefined);
  }

  close(): void {
    for (const origin of this.#origins.values()) origin.close();
  }

  #refuse(url: URL, proxy: string): void {
    const shown = printable(url.host);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && this.#guard.isInside(host)) {
      throw new Fault(
        'REDIRECT_FORBIDDEN',
        `a server's answer leads to the private address ${shown}; it was not followed`,
      );
    }
    if (proxy !== '' && !knownForeignHosts.has(url.host)) {
      throw new Fault(
        'REDIRECT_FORBIDDEN',
        `a server's answer leads to ${shown}, whose address cannot be checked behind a proxy; it was not followed`,
        { hint: `name ${shown} in NO_PROXY if it can be reached directly` },
      );
    }
  }

  #agent(url: URL, proxy: string, foreign: boolean): http.Agent {
    const options = { keepAlive: true, maxSockets: 64, scheduling: 'lifo', timeout: 30_000 } as const;
    const isTls = url.protocol === 'https:';
    if (proxy !== '') {
      return isTls
        ? new TunnelAgent(new URL(proxy), options)
        : new http.Agent({ ...options, proxyEnv: { HTTP_PROXY: proxy } });
    }
    const direct = { ...options, ...(foreign ? { lookup: this.#guard.lookup } : {}) };
    return isTls ? new https.Agent(direct) : new http.Agent(direct);
  }
}

/**
 * @returns the proxy as it was given; an empty string where there is none
 * @throws Fault USAGE for one that cannot be spoken to, without the login in it
 */
function usableProxy(proxy: string): string {
  if (proxy === '') return '';
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && isDecodable(url.username) && isDecodable(url.password)) {
    return proxy;
  }
  throw new Fault(
    'USAGE',
    `the proxy ${url?.host ?? ''} of HTTPS_PROXY or HTTP_PROXY is not an http:// or https:// URL`,
    {
      hint: 'write http://HOST:PORT, with a login as http://USER:PASSWORD@HOST:PORT, its special characters percent-encoded',
    },
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
