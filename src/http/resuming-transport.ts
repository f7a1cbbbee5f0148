import { finished, Readable } from 'node:stream';
import { Fault } from '../fault.ts';
import { Backoff, isTransient, type Limits } from '../retry.ts';
import { discardBody } from './body.ts';
import { throttles } from './gate.ts';
import { networkFault } from './network-fault.ts';
import { shownUrl } from './redaction.ts';
import { passingStatuses, type RetryNotice } from './retrying-transport.ts';
import type {
  DownloadRequest,
  DownloadResponse,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from './transport.ts';

/** bytes that came since the last break: with so many the tries are counted anew */
const progressBytes = 1024 * 1024;

/**
 * Downloads that break off go on where they broke, by a Range request (RFC 9110, 14.2), inside the one stream that
 * their reader has: a layer of some GB does not start again for one reset, and neither does the upload that is fed
 * from it. It stands above redirects and credentials, so that both are asked for anew. Each byte comes once and in its
 * place as far as the server says; that they are the right ones is for the reader to prove, by their digest.
 */
export class ResumingTransport implements Transport {
  readonly #inner: Transport;
  readonly #limits: Limits;
  readonly #notify: (notice: RetryNotice) => void;

  constructor(inner: Transport, limits: Limits, notify: (notice: RetryNotice) => void) {
    this.#inner = inner;
    this.#limits = limits;
    this.#notify = notify;
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#inner.send(request);
  }

  upload(request: UploadRequest): Promise<HttpResponse> {
    return this.#inner.upload(request);
  }

  async download(request: DownloadRequest): Promise<DownloadResponse> {
    const response = await this.#inner.download(request);
    if (response.status !== 200) return response;
    const size = Number(response.headers['content-length'] ?? Number.NaN);
    const gone = new AbortController();
    // Nothing more is asked for once nobody reads.
    const limits = { ...this.#limits, signal: AbortSignal.any([this.#limits.signal, gone.signal]) };
    const rest = new Rest(request, size, this.#inner, limits, this.#notify);
    const body = new ResumedBody(response.body, (position, cause) => rest.from(position, cause));
    body.once('close', () => gone.abort());
    return { ...response, body };
  }
}

/** What is left of a body: `skip` bytes of it are there already. */
interface Continuation {
  readonly body: Readable;
  readonly skip: number;
}

/** Asks for the rest of one download, as often as it breaks. */
class Rest {
  readonly #request: DownloadRequest;
  readonly #size: number;
  readonly #inner: Transport;
  readonly #limits: Limits;
  readonly #notify: (notice: RetryNotice) => void;
  readonly #what: string;
  #backoff: Backoff;
  #reached = 0;
  /** false once a server answered a range with another one */
  #ranges = true;

  constructor(
    request: DownloadRequest,
    size: number,
    inner: Transport,
    limits: Limits,
    notify: (notice: RetryNotice) => void,
  ) {
    this.#request = request;
    this.#size = size;
    this.#inner = inner;
    this.#limits = limits;
    this.#notify = notify;
    this.#what = `GET ${shownUrl(request.url)}`;
    this.#backoff = new Backoff(limits);
  }

  /** @throws Fault when the tries are used up, or asking again is of no use */
  async from(position: number, cause: unknown): Promise<Continuation> {
    if (position - this.#reached >= progressBytes) this.#backoff = new Backoff(this.#limits);
    this.#reached = position;
    let failure = networkFault(cause, 'GET', this.#request.url, this.#limits.signal);
    for (;;) {
      if (!(failure instanceof Fault && isTransient(failure))) throw failure;
      const waitMs = await this.#backoff.failed(failure);
      this.#notify({ what: this.#what, because: failure.message.replace(`${this.#what}: `, ''), waitMs });
      const answer = await this.#ask(position);
      if (!(answer instanceof Fault)) return answer;
      failure = answer;
    }
  }

  async #ask(position: number): Promise<Continuation | Fault> {
    const range = this.#ranges && position > 0 ? { range: `bytes=${position}-` } : {};
    const headers = { ...this.#request.headers, ...range };
    for (;;) {
      const response = await this.#attempt({ ...this.#request, headers });
      if (response instanceof Fault) return response;
      if (!throttles(response)) return this.#judge(response, position);
      // Below us the gate keeps the wait.
      discardBody(response.body, response.headers);
    }
  }

  async #attempt(request: DownloadRequest): Promise<DownloadResponse | Fault> {
    try {
      return await this.#inner.download(request);
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  }

  #judge(response: DownloadResponse, position: number): Continuation | Fault {
    const { status, body, headers } = response;
    // A server may ignore a range: what is there already is passed over.
    if (status === 200) return { body, skip: position };
    if (status === 206 && this.#continues(headers['content-range'], position)) return { body, skip: 0 };
    body.destroy();
    const message = `${this.#what}: broke off after ${position} bytes, and asking for the rest was answered ${status}`;
    if (status === 206 || status === 416) {
      this.#ranges = false;
      return new Fault('NETWORK', `${message} with another range`);
    }
    if (passingStatuses.has(status)) return new Fault('REGISTRY_FAILED', message);
    // Whoever tries from the start hears why, in the registry's own words.
    throw new Fault('NETWORK', message);
  }

  #continues(range: string | undefined, position: number): boolean {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? '') ?? [];
    const isSameSize = total === '*' || Number.isNaN(this.#size) || Number(total) === this.#size;
    return from !== undefined && Number(from) === position && isSameSize;
  }
}

/** One body out of as many as it takes. */
class ResumedBody extends Readable {
  readonly #rest: (position: number, cause: unknown) => Promise<Continuation>;
  #current: Readable;
  #position = 0;

  constructor(first: Readable, rest: (position: number, cause: unknown) => Promise<Continuation>) {
    super();
    this.#rest = rest;
    this.#current = first;
    this.#take(first, 0);
  }

  override _read(): void {
    this.#current.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#current.destroy();
    done(error);
  }

  #take(body: Readable, skip: number): void {
    this.#current = body;
    let skipped = 0;
    body.on('data', (chunk: Uint8Array) => {
      const from = Math.min(chunk.length, skip - skipped);
      skipped += from;
      if (from === chunk.length) return;
      this.#position += chunk.length - from;
      if (!this.push(from === 0 ? chunk : chunk.subarray(from))) body.pause();
    });
    finished(body, (error) => {
      if (this.destroyed) return;
      if (error == null) this.push(null);
      else this.#goOn(error);
    });
  }

  #goOn(cause: unknown): void {
    this.#rest(this.#position, cause).then(
      ({ body, skip }) => {
        if (this.destroyed) body.destroy();
        else this.#take(body, skip);
      },
      (fault) => this.destroy(fault),
    );
  }
}
