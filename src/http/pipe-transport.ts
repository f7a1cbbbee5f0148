import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { readBody } from './body.ts';
import { unconnected } from './connecting.ts';
import { maxHeaderSize, plainHeaders } from './got-transport.ts';
import { boundInterim } from './interim.ts';
import { networkFault } from './network-fault.ts';
import { sendAtOnce } from './no-delay.ts';
import type { Origins } from './origins.ts';
import { type Patience, watch } from './patience.ts';
import {
  type DownloadRequest,
  type DownloadResponse,
  errorBodyLimit,
  type HttpResponse,
  type UploadRequest,
} from './transport.ts';

/**
 * The bytes of large layers: straight over HTTP/1.1 keep-alive connections, below got, where they
 * go markedly faster than through it or over HTTP/2.
 */
export class PipeTransport {
  readonly #origins: Origins;
  readonly #signal: AbortSignal;
  readonly #patience: Patience;

  constructor(origins: Origins, signal: AbortSignal, patience: Patience) {
    this.#origins = origins;
    this.#signal = signal;
    this.#patience = patience;
  }

  /** @throws Fault, see Transport; the body fails with whatever its socket failed with */
  async download({ url, headers }: DownloadRequest): Promise<DownloadResponse> {
    try {
      const request = this.#request('GET', url, { 'accept-encoding': 'identity', ...headers });
      request.end();
      const response = await this.#answer(request);
      response.once('close', () => {
        // An answer that broke off closes without its end; whoever reads must not wait for more.
        if (!response.complete) response.destroy();
      });
      const { statusCode: status = 0, httpVersion: version } = response;
      return { url, status, version, headers: plainHeaders(response.headers), body: response };
    } catch (error) {
      throw networkFault(error, 'GET', url, this.#signal);
    }
  }

  /** @throws Fault, see Transport; where `content` itself failed, what it failed with */
  async upload({ url, headers, content, length }: UploadRequest): Promise<HttpResponse> {
    let request: http.ClientRequest | undefined;
    try {
      request = this.#request('PUT', url, { ...headers, 'content-length': String(length) });
      // The registry may refuse and close before it has read everything: then its answer counts, not the broken pipe.
      const answered = this.#answer(request);
      const sent = pipeline(content, request);
      const response = await Promise.race([answered, sent.then(() => answered)]).catch(async (error) => {
        if (content.errored != null) throw content.errored;
        return Promise.race([answered, rejectSoon(error)]);
      });
      if (isSuccess(response)) await sent;
      // Not destroyed yet: the connection would go, and with it what is still to come of a refusal.
      else content.unpipe(request);
      const body = await readBody(response, errorBodyLimit, url);
      content.destroy();
      const { statusCode: status = 0, httpVersion: version } = response;
      return { url, status, version, headers: plainHeaders(response.headers), body };
    } catch (error) {
      request?.destroy();
      content.destroy();
      throw networkFault(error, 'PUT', url, this.#signal);
    }
  }

  #request(method: 'GET' | 'PUT', url: URL, headers: Record<string, string>): http.ClientRequest {
    this.#signal.throwIfAborted();
    const { agent } = this.#origins.at(url);
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method,
      headers,
      agent,
      maxHeaderSize,
      signal: this.#signal,
    });
    request.once('socket', sendAtOnce);
    boundInterim(request);
    watch(request, this.#patience);
    return request;
  }

  #answer(request: http.ClientRequest): Promise<IncomingMessage> {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.on('error', reject);
    });
    const either = Promise.race([answered, unconnected(request, this.#signal, this.#patience.connectMs)]);
    either.catch(() => undefined);
    return either;
  }
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** A refusal that raced a broken pipe is read within this time, or the broken pipe it was. */
function rejectSoon(error: unknown): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(error), 100);
  });
}
