import { Fault } from '../fault.ts';
import type {
  DownloadRequest,
  DownloadResponse,
  Headers,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from '../http/transport.ts';
import { parseChallenges } from './challenge.ts';
import type { CredentialProvider } from './credentials.ts';
import { RepeatedSecrets } from './repeated-secrets.ts';
import { exchangeToken } from './token-exchange.ts';

/**
 * Adds the credential of one registry to the requests for that registry's own origin, and to no
 * other, and answers its challenges: one renewal or token exchange a request. For one repository,
 * since an exchanged token is good for one.
 */
export class AuthorizedTransport implements Transport {
  readonly #inner: Transport;
  readonly #origin: URL;
  readonly #provider: CredentialProvider;
  /** exchanged tokens by what they are for; a promise, so that one exchange serves all who wait */
  readonly #tokens = new Map<string, Promise<string | undefined>>();
  readonly #secrets = new RepeatedSecrets();

  constructor(inner: Transport, origin: URL, provider: CredentialProvider) {
    this.#inner = inner;
    this.#origin = origin;
    this.#provider = provider;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const purpose = purposeOf(request.method, request.url);
    return this.#authorize(request.url, purpose, async (authorization) =>
      this.#secrets.leaveOut(await this.#inner.send({ ...request, headers: { ...request.headers, ...authorization } })),
    );
  }

  async download(request: DownloadRequest): Promise<DownloadResponse> {
    return this.#authorize(request.url, 'pull', async (authorization) => {
      const response = await this.#inner.download({ ...request, headers: { ...request.headers, ...authorization } });
      return this.#secrets.leaveOutOfStream(response);
    });
  }

  /** The content can be sent once only, so a 401 renews the credential and leaves the second attempt to the caller. */
  async upload(request: UploadRequest): Promise<HttpResponse> {
    const { url, headers } = request;
    const authorization = await this.#authorization(url, 'push');
    const answer = await this.#inner.upload({ ...request, headers: { ...headers, ...header(authorization) } });
    const response = this.#secrets.leaveOut(answer);
    if (response.status !== 401) return response;
    const renewed = await this.#renewed(url, 'push', response.headers, authorization);
    if (renewed === undefined) return response;
    throw new Fault('NETWORK', `${url.host} stopped accepting the token during an upload; a new token was taken`);
  }

  async #authorize<Response extends { readonly status: number; readonly headers: Headers }>(
    url: URL,
    purpose: string,
    ask: (authorization: Headers) => Promise<Response>,
  ): Promise<Response> {
    const authorization = await this.#authorization(url, purpose);
    const response = await ask(header(authorization));
    if (response.status !== 401) return response;
    const renewed = await this.#renewed(url, purpose, response.headers, authorization);
    return renewed === undefined ? response : ask(header(renewed));
  }

  async #authorization(url: URL, purpose: string): Promise<string | undefined> {
    if (url.origin !== this.#origin.origin) return undefined;
    return this.#remembered((await this.#tokens.get(purpose)) ?? (await this.#provider.authorization(url.host)));
  }

  /** @throws Fault PROTOCOL for a token that no header can hold: whoever gave it gives it again */
  #remembered(authorization: string | undefined): string | undefined {
    if (authorization === undefined) return undefined;
    if (!/^[\x20-\x7e]+$/.test(authorization)) {
      throw new Fault('PROTOCOL', `the token that was given for ${this.#origin.host} holds characters that none may`);
    }
    this.#secrets.remember(authorization);
    return authorization;
  }

  async #renewed(
    url: URL,
    purpose: string,
    headers: Headers,
    rejected: string | undefined,
  ): Promise<string | undefined> {
    if (url.origin !== this.#origin.origin) return undefined;
    const own = this.#remembered(await this.#provider.authorization(url.host));
    if (own?.startsWith('Bearer ')) return this.#remembered(await this.#provider.renew(url.host, rejected ?? own));
    const challenge = parseChallenges(headers['www-authenticate'] ?? '').find(({ scheme }) => scheme === 'bearer');
    if (challenge === undefined) return undefined;
    const waiting = this.#tokens.get(purpose);
    const known = await waiting;
    if (known !== undefined && known !== rejected) return known;
    // Whoever comes first after the rejected token asks; the others find the new promise.
    if (this.#tokens.get(purpose) === waiting) {
      const exchange = exchangeToken(this.#inner, url, challenge, own);
      this.#tokens.set(purpose, exchange);
      exchange.catch(() => this.#tokens.delete(purpose));
    }
    return this.#remembered(await this.#tokens.get(purpose));
  }
}

function header(authorization: string | undefined): Headers {
  return authorization === undefined ? {} : { authorization };
}

/** A token is scoped: to pull, to push, or to push and mount from one other repository. */
function purposeOf(method: string, url: URL): string {
  if (method === 'GET' || method === 'HEAD') return 'pull';
  const from = url.searchParams.get('from');
  return from === null ? 'push' : `push from ${from}`;
}
