import { Fault } from '../fault.ts';
import { errorBodyLimit, type HttpResponse } from '../http/transport.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { BlobContent, UploadSession } from '../oci/repository.ts';
import { isTransient } from '../retry.ts';
import type { Endpoint } from './endpoint.ts';
import { at, checkKept, type Errand, refusal } from './refusal.ts';

/** The session is gone or counts other bytes than we: a new one may do. */
const lostSession: ReadonlySet<number> = new Set([404, 416]);

/** One monolithic upload: one PUT with Content-Length (Artifact Registry takes no chunks). */
export class Upload implements UploadSession {
  readonly #endpoint: Endpoint;
  readonly #location: URL;
  readonly #exists: (blob: Descriptor) => Promise<boolean>;

  constructor(endpoint: Endpoint, location: URL, exists: (blob: Descriptor) => Promise<boolean>) {
    this.#endpoint = endpoint;
    this.#location = location;
    this.#exists = exists;
  }

  async commit(blob: Descriptor, content: BlobContent): Promise<void> {
    const errand = this.#endpoint.errand('sending the blob', 'write', blob.digest);
    try {
      const response = await this.#put(blob, content);
      if (response.status !== 201 && response.status !== 204) throw this.#refused(errand, response);
      checkKept(errand, response, blob.digest);
    } catch (error) {
      // The answer of a commit that succeeded may be what was lost.
      if (!isTransient(error) || !(await this.#exists(blob))) throw error;
    } finally {
      // Where the upload never began, the download must not stay open.
      if (!(content instanceof Uint8Array)) content.destroy();
    }
  }

  async cancel(): Promise<void> {
    try {
      await this.#endpoint.transport.send({
        method: 'DELETE',
        url: this.#location,
        headers: {},
        maxBytes: errorBodyLimit,
      });
    } catch {
      // The registry drops it by itself in time.
    }
  }

  #put(blob: Descriptor, content: BlobContent): Promise<HttpResponse> {
    const url = new URL(this.#location);
    url.searchParams.set('digest', blob.digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const { transport } = this.#endpoint;
    return content instanceof Uint8Array
      ? transport.send({ method: 'PUT', url, headers, body: content, maxBytes: errorBodyLimit, tries: 1 })
      : transport.upload({ url, headers, content, length: blob.size });
  }

  #refused(errand: Errand, response: HttpResponse): Fault {
    if (!lostSession.has(response.status)) return refusal(errand, response);
    return new Fault('REGISTRY_FAILED', `${at(errand)}: the upload session was lost (HTTP ${response.status})`);
  }
}
