import { Fault } from '../fault.ts';
import { Backoff, isTransient, type Limits, parseRetryAfter } from '../retry.ts';
import { discardBody } from './body.ts';
import { type Gate, throttles } from './gate.ts';
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

export interface RetryNotice {
  /** method and redacted URL */
  readonly what: string;
  readonly because: string;
  readonly waitMs: number;
}

/** a wait in which somebody else may have done something */
const noticeableMs = 100;

/** The same request may be answered otherwise soon. */
export const passingStatuses: ReadonlySet<number> = new Set([408, 425, 500, 502, 503, 504]);

/**
 * Sends small requests again when the network or the registry failed in passing: every one of ours
 * may be (a second POST leaves an idle upload session, a second PUT puts the same bytes). Streams
 * are one attempt each, gone on with or tried again further above; they only share the gate.
 */
export class RetryingTransport implements Transport {
  readonly #inner: Transport;
  readonly #limits: Limits;
  readonly #gate: Gate;
  readonly #notify: (notice: RetryNotice) => void;

  constructor(inner: Transport, limits: Limits, gate: Gate, notify: (notice: RetryNotice) => void) {
    this.#inner = inner;
    this.#limits = limits;
    this.#gate = gate;
    this.#notify = notify;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (request.method === 'DELETE') return this.#inner.send(request);
    const backoff = new Backoff(this.#limits, request.tries);
    const what = `${request.method} ${shownUrl(request.url)}`;
    let throttled = 0;
    for (let turn: 'first' | 'again' = 'first'; ; turn = 'again') {
      const outcome = await this.#attempt(request, turn);
      if (outcome instanceof Fault) {
        if (!isTransient(outcome)) throw outcome;
        const because = outcome.message.replace(`${what}: `, '');
        this.#notify({ what, because, waitMs: await backoff.failed(outcome) });
      } else if (this.#throttled(request.url, outcome, what, throttled)) {
        // The gate keeps the wait; what goes through in between does not shorten this request's next.
        throttled += 1;
      } else if (mayPass(outcome.status, backoff)) {
        const because = `HTTP ${outcome.status}`;
        const fault = new Fault('REGISTRY_FAILED', `${what}: ${because}, and no time is left to try again`);
        this.#notify({ what, because, waitMs: await backoff.failed(fault) });
      } else {
        return outcome;
      }
    }
  }

  async download(request: DownloadRequest): Promise<DownloadResponse> {
    await this.#gate.pass(request.url.host);
    const response = await this.#inner.download(request);
    try {
      this.#throttled(request.url, response, `GET ${shownUrl(request.url)}`, 0);
      return response;
    } catch (error) {
      discardBody(response.body, response.headers);
      throw error;
    }
  }

  async upload(request: UploadRequest): Promise<HttpResponse> {
    await this.#gate.pass(request.url.host);
    const response = await this.#inner.upload(request);
    this.#throttled(request.url, response, `PUT ${shownUrl(request.url)}`, 0);
    return response;
  }

  async #attempt(request: HttpRequest, turn: 'first' | 'again'): Promise<HttpResponse | Fault> {
    const { clock } = this.#limits;
    const asked = clock.now();
    await this.#gate.pass(request.url.host);
    try {
      if (turn === 'again' || clock.now() - asked >= noticeableMs) await request.beforeLate?.();
      return await this.#inner.send(request);
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  }

  /**
   * Shuts the gate where the answer says that we ask too much.
   * @param before how often the same request was throttled already
   */
  #throttled(
    url: URL,
    response: { readonly status: number; readonly headers: Headers },
    what: string,
    before: number,
  ): boolean {
    if (throttles(response)) {
      const retryAfter = parseRetryAfter(response.headers['retry-after'], this.#limits.clock.now());
      const waitMs = this.#gate.pause(url.host, retryAfter, before);
      this.#notify({ what, because: `HTTP ${response.status}`, waitMs });
      return true;
    }
    this.#gate.open(url.host);
    return false;
  }
}

/** A misdirected request (421) gets one more try, over another connection. */
function mayPass(status: number, backoff: Backoff): boolean {
  return !backoff.spent && (passingStatuses.has(status) || (status === 421 && backoff.tries === 1));
}
