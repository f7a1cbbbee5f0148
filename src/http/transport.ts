import type { Readable } from 'node:stream';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

/** Lower-case names; a header that came several times is joined by `, `. */
export type Headers = Readonly<Record<string, string>>;

/** A request whose both bodies are small enough to be held. */
export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: Uint8Array | undefined;
  /** the most bytes of the answer's body that are read; more is a LIMIT_EXCEEDED fault */
  readonly maxBytes: number;
  /** tries at the most, where an answer is not worth waiting long for */
  readonly tries?: number | undefined;
  /** called before it is sent later than at once, after a wait or once more; what it throws ends the request */
  readonly beforeLate?: (() => Promise<void>) | undefined;
}

export interface HttpResponse {
  readonly url: URL;
  readonly status: number;
  /** of HTTP, as it came: `1.1`, `2.0` */
  readonly version?: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A GET whose answer streams. */
export interface DownloadRequest {
  readonly url: URL;
  readonly headers: Headers;
}

export interface DownloadResponse {
  readonly url: URL;
  readonly status: number;
  readonly version?: string;
  readonly headers: Headers;
  /** must be read to its end or destroyed */
  readonly body: Readable;
}

/** A PUT whose body streams, of a length known before. */
export interface UploadRequest {
  readonly url: URL;
  readonly headers: Headers;
  readonly content: Readable;
  /** bytes */
  readonly length: number;
}

/**
 * Request to response. Any status is a response; what never became one is a Fault: NETWORK,
 * PROTOCOL, LIMIT_EXCEEDED, REDIRECT_FORBIDDEN, or the reason that everything was stopped for.
 */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
  download(request: DownloadRequest): Promise<DownloadResponse>;
  /** @returns the answer, read whole, 64 KiB at most */
  upload(request: UploadRequest): Promise<HttpResponse>;
}

/** What is read of an answer that is only a status and perhaps an error text. */
export const errorBodyLimit = 64 * 1024;
