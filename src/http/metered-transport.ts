import { shownUrl } from './redaction.ts';
import type {
  DownloadRequest,
  DownloadResponse,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from './transport.ts';

/** One request and what came of it. */
export interface Exchange {
  readonly method: string;
  /** redacted */
  readonly url: string;
  /** undefined where no response came */
  readonly status: number | undefined;
  /** `HTTP/2`; undefined where it is not known */
  readonly protocol: string | undefined;
  /** milliseconds since the epoch */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** Tells of every request that goes out, whatever comes of it. */
export class MeteredTransport implements Transport {
  readonly #inner: Transport;
  readonly #now: () => number;
  readonly #tell: (exchange: Exchange) => void;

  constructor(inner: Transport, now: () => number, tell: (exchange: Exchange) => void) {
    this.#inner = inner;
    this.#now = now;
    this.#tell = tell;
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#meter(request.method, request.url, this.#inner.send(request));
  }

  download(request: DownloadRequest): Promise<DownloadResponse> {
    return this.#meter('GET', request.url, this.#inner.download(request));
  }

  upload(request: UploadRequest): Promise<HttpResponse> {
    return this.#meter('PUT', request.url, this.#inner.upload(request));
  }

  async #meter<Response extends Pick<HttpResponse, 'status' | 'version'>>(
    method: string,
    url: URL,
    exchange: Promise<Response>,
  ): Promise<Response> {
    const startedAt = this.#now();
    let status: number | undefined;
    let protocol: string | undefined;
    try {
      const response = await exchange;
      status = response.status;
      protocol = response.version === undefined ? undefined : `HTTP/${response.version.replace('.0', '')}`;
      return response;
    } finally {
      this.#tell({ method, url: shownUrl(url), status, protocol, startedAt, durationMs: this.#now() - startedAt });
    }
  }
}
