import { GotTransport } from './got-transport.ts';
import type { Origins } from './origins.ts';
import { type Patience, usualPatience } from './patience.ts';
import { PipeTransport } from './pipe-transport.ts';
import type {
  DownloadRequest,
  DownloadResponse,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from './transport.ts';

/** The bottom of every stack of transports: what it is given goes out, once. */
export class NetworkTransport implements Transport {
  readonly #small: GotTransport;
  readonly #large: PipeTransport;

  /** @param signal stops everything that is under way; its reason is what is thrown then */
  constructor(origins: Origins, signal: AbortSignal, patience: Patience = usualPatience) {
    this.#small = new GotTransport(origins, signal, patience);
    this.#large = new PipeTransport(origins, signal, patience);
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#small.send(request);
  }

  download(request: DownloadRequest): Promise<DownloadResponse> {
    return this.#large.download(request);
  }

  upload(request: UploadRequest): Promise<HttpResponse> {
    return this.#large.upload(request);
  }
}
