import { Fault } from '../fault.ts';
import { discardBody } from './body.ts';
import { onwardUrl } from './onward.ts';
import { shownUrl } from './redaction.ts';
import type {
  DownloadRequest,
  DownloadResponse,
  Headers,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from './transport.ts';

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 5;

/**
 * Follows the redirects of GET and HEAD by our own rule (see onwardUrl). It stands above whatever
 * adds credentials, so that each hop gets those of its own origin or none.
 */
export class FollowingTransport implements Transport {
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#inner.send(request);
    return this.#follow(request.url, (url) => this.#inner.send({ ...request, url }));
  }

  async download(request: DownloadRequest): Promise<DownloadResponse> {
    return this.#follow(request.url, async (url) => {
      const response = await this.#inner.download({ ...request, url });
      if (redirectStatuses.has(response.status)) discardBody(response.body, response.headers);
      return response;
    });
  }

  upload(request: UploadRequest): Promise<HttpResponse> {
    return this.#inner.upload(request);
  }

  async #follow<Response extends { readonly status: number; readonly headers: Headers }>(
    start: URL,
    ask: (url: URL) => Promise<Response>,
  ): Promise<Response> {
    let url = start;
    for (let redirects = 0; ; redirects += 1) {
      const response = await ask(url);
      const location = response.headers.location;
      if (!redirectStatuses.has(response.status) || location === undefined) return response;
      if (redirects === mostRedirects) {
        throw new Fault('LIMIT_EXCEEDED', `${shownUrl(start)} redirects more than ${mostRedirects} times`);
      }
      url = onwardUrl(url, location, 'a redirect');
    }
  }
}
