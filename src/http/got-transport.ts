import type { ClientRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Got } from 'got';
import { Fault } from '../fault.ts';
import { unlessAborted } from './connecting.ts';
import { boundInterim } from './interim.ts';
import { networkFault } from './network-fault.ts';
import type { Origins } from './origins.ts';
import type { Patience } from './patience.ts';
import { shownUrl } from './redaction.ts';
import type { Headers, HttpRequest, HttpResponse } from './transport.ts';

/** Artifact Registry's headers reach 21 KB (upload locations); Node's own limit is 16. */
export const maxHeaderSize = 64 * 1024;

/** Uploads are given up after everything was stopped, and nobody waits long for that. */
const farewellMs = 2_000;

/**
 * Loading got keeps this thread busy for 10 ms and more: a connection that is being opened greets the server first,
 * so that the server's answer is under way meanwhile.
 */
const headStartMs = 3;

/** Small requests: over the origin's HTTP/2 session where there is one, else over its HTTP/1.1 agent. */
export class GotTransport {
  readonly #origins: Origins;
  readonly #signal: AbortSignal;
  readonly #patience: Patience;
  #got: Promise<Got> | undefined;

  constructor(origins: Origins, signal: AbortSignal, patience: Patience) {
    this.#origins = origins;
    this.#signal = signal;
    this.#patience = patience;
  }

  /** @throws Fault, see Transport */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const signal = request.method === 'DELETE' ? AbortSignal.timeout(farewellMs) : this.#signal;
    signal.throwIfAborted();
    try {
      return await this.#exchange(request, signal);
    } catch (error) {
      throw networkFault(error, request.method, request.url, signal);
    }
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { method, url, headers, body, maxBytes } = request;
    const origin = this.#origins.at(url);
    const [got, h2session] = await Promise.all([this.#load(), unlessAborted(origin.session(), signal)]);
    const tooMuch = new AbortController();
    const exchange = got(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      body,
      agent: h2session === undefined ? origin.agents : {},
      h2session,
      signal: AbortSignal.any([signal, tooMuch.signal]),
      timeout: timeouts(this.#patience),
      maxHeaderSize,
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
      responseType: 'buffer',
    });
    exchange.on('request', boundInterim);
    if (h2session !== undefined) exchange.on('request', forgetWhenAnswered);
    exchange.on('downloadProgress', ({ transferred }) => {
      if (transferred > maxBytes) tooMuch.abort();
    });
    try {
      const response = await exchange;
      const { statusCode: status, httpVersion: version, headers, body } = response;
      // Misdirected (RFC 9110, 15.5.20): another connection may lead to who is meant.
      if (status === 421) origin.renew(h2session);
      return { url, status, version, headers: plainHeaders(headers), body };
    } catch (error) {
      // A connection that nothing comes through any more would keep the next request waiting as well.
      if (isTimeout(error)) origin.renew(h2session);
      if (!tooMuch.signal.aborted) throw error;
      throw new Fault('LIMIT_EXCEEDED', `${method} ${shownUrl(url)}: the answer is larger than ${maxBytes} bytes`);
    }
  }

  #load(): Promise<Got> {
    this.#got ??= load();
    return this.#got;
  }
}

/**
 * Node leaves a stream's timer running where the stream is destroyed before it is closed, as got does at an answer's
 * end: each exchange would be kept in memory for the time of that timer, hundreds of MiB in a large batch.
 */
function forgetWhenAnswered(request: ClientRequest): void {
  request.once('response', (response) => response.once('end', () => request.setTimeout(0)));
}

function timeouts({ connectMs, windowMs, exchangeMs }: Patience) {
  return {
    lookup: connectMs,
    connect: connectMs,
    secureConnect: connectMs,
    socket: windowMs,
    response: exchangeMs / 2,
    request: exchangeMs,
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT';
}

async function load(): Promise<Got> {
  await sleep(headStartMs);
  return (await import('got')).default;
}

export function plainHeaders(headers: NodeJS.Dict<string | string[]>): Headers {
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
