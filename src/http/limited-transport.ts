import pLimit, { type LimitFunction } from 'p-limit';
import type {
  DownloadRequest,
  DownloadResponse,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from './transport.ts';

/**
 * So many small requests at a time. Streams are not counted: who opens them limits them by their
 * bytes, and a slot here is held for one exchange and never while something else is waited for.
 */
export class LimitedTransport implements Transport {
  readonly #inner: Transport;
  readonly #limit: LimitFunction;

  constructor(inner: Transport, concurrency: number) {
    this.#inner = inner;
    this.#limit = pLimit(concurrency);
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#limit(() => this.#inner.send(request));
  }

  download(request: DownloadRequest): Promise<DownloadResponse> {
    return this.#inner.download(request);
  }

  upload(request: UploadRequest): Promise<HttpResponse> {
    return this.#inner.upload(request);
  }
}
