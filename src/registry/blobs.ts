import { Fault } from '../fault.ts';
import { readBody } from '../http/body.ts';
import { onwardUrl } from '../http/onward.ts';
import { errorBodyLimit, type HttpResponse } from '../http/transport.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type BlobContent, type BlobStore, smallBlob, type UploadSession } from '../oci/repository.ts';
import { VerifiedStream, verifyBytes } from '../oci/verified-stream.ts';
import { isTransient } from '../retry.ts';
import type { Endpoint } from './endpoint.ts';
import { at, type Errand, refusal } from './refusal.ts';
import { Upload } from './upload.ts';

/** The blobs of a repository, over its end point. */
export class Blobs implements BlobStore {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  async exists({ digest, size }: Descriptor): Promise<boolean> {
    const errand = this.#endpoint.errand('looking up the blob', 'read', digest);
    const url = this.#endpoint.url(`blobs/${digest}`);
    const response = await this.#endpoint.ask(errand, [200, 404], { method: 'HEAD', url, maxBytes: errorBodyLimit });
    const length = response.headers['content-length'];
    return response.status === 200 && (length === undefined || Number(length) === size);
  }

  fetch(blob: Descriptor, received: (bytes: number) => void): Promise<BlobContent> {
    return blob.size <= smallBlob ? this.#fetchWhole(blob) : this.#fetchStream(blob, received);
  }

  async mount(blob: Descriptor, from: string): Promise<'mounted' | 'refused' | UploadSession> {
    const url = this.#endpoint.url('blobs/uploads/');
    url.searchParams.set('mount', blob.digest);
    url.searchParams.set('from', from);
    // Without a mount the blob is sent, so a registry that fails at it is not waited for.
    const request = { method: 'POST', url, headers: {}, maxBytes: errorBodyLimit, tries: 2 } as const;
    const response = await this.#endpoint.transport.send(request).catch(inPassing);
    if (response?.status === 201) return 'mounted';
    return response?.status === 202 ? this.#session(response) : 'refused';
  }

  async startUpload(): Promise<UploadSession> {
    const errand = this.#endpoint.errand('starting an upload', 'write');
    const url = this.#endpoint.url('blobs/uploads/');
    return this.#session(await this.#endpoint.ask(errand, [202], { method: 'POST', url, maxBytes: errorBodyLimit }));
  }

  async #fetchWhole(blob: Descriptor): Promise<Uint8Array> {
    const errand = this.#endpoint.errand('reading the blob', 'read', blob.digest);
    const url = this.#endpoint.url(`blobs/${blob.digest}`);
    // An error's text may be longer than the blob.
    const maxBytes = blob.size + errorBodyLimit;
    const response = await this.#endpoint.ask(errand, [200], { method: 'GET', url, maxBytes });
    verifyBytes(response.body, blob, at(errand));
    return response.body;
  }

  async #fetchStream(blob: Descriptor, received: (bytes: number) => void): Promise<BlobContent> {
    const errand = this.#endpoint.errand('reading the blob', 'read', blob.digest);
    const url = this.#endpoint.url(`blobs/${blob.digest}`);
    const { status, body, headers } = await this.#endpoint.transport.download({ url, headers: {} });
    if (status !== 200) throw refusal(errand, { status, headers, body: await readBody(body, errorBodyLimit, url) });
    const length = headers['content-length'];
    if (length !== undefined && Number(length) > blob.size) {
      body.destroy();
      throw new Fault('SIZE_MISMATCH', `${at(errand)}: ${length} bytes were announced, the manifest says ${blob.size}`);
    }
    const verified = new VerifiedStream(blob, at(errand));
    // It may fail while its upload still waits its turn; whoever reads it then is told.
    verified.on('error', () => undefined);
    body.once('error', (cause) => verified.destroy(brokenOff(errand, cause)));
    verified.once('close', () => body.destroy());
    let count = 0;
    body.on('data', (chunk: Uint8Array) => {
      count += chunk.length;
      received(count);
    });
    body.pipe(verified);
    return verified;
  }

  #session(response: HttpResponse): UploadSession {
    const location = response.headers.location;
    const errand = this.#endpoint.errand('starting an upload', 'write');
    if (location === undefined) throw new Fault('PROTOCOL', `${at(errand)}: an upload was granted without a Location`);
    return new Upload(this.#endpoint, onwardUrl(response.url, location, 'an upload location'), (blob) =>
      this.exists(blob),
    );
  }
}

/** What may pass is no answer; anything else ends the promotion. */
function inPassing(fault: unknown): undefined {
  if (!isTransient(fault)) throw fault;
}

/** A break that nothing could go on from; what stopped everything stays what it is. */
function brokenOff(errand: Errand, cause: Error): Fault {
  if (cause instanceof Fault && cause.code !== 'NETWORK') return cause;
  return new Fault('NETWORK', `${at(errand)}: the download broke off: ${cause.message}`, { cause });
}
