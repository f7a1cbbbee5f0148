import { type Answer, answer, errorAnswer, type FakeRequest } from './exchange.ts';
import type { RegistryContext } from './registry-host.ts';

/** HEAD and GET of blobs (distribution-spec, "Pulling blobs"), and Artifact Registry's downloads. */
export class BlobRoutes {
  readonly #context: RegistryContext;
  readonly #downloads = new Map<string, { path: string; digest: string }>();

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  answer(request: FakeRequest, path: string, digest: string): Answer {
    const bytes = this.#context.store.find(path)?.blobs.get(digest);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return errorAnswer(405, 'UNSUPPORTED', `${request.method} of a blob is not supported`);
    }
    if (bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const redirected = this.#context.behaviour.downloads === 'redirected';
    if (request.method === 'GET' && redirected) return this.#redirect(path, digest);
    return this.#content(request, digest, bytes);
  }

  /** The path is the secret: no token is asked for. */
  download(request: FakeRequest): Answer {
    const place = this.#downloads.get(request.path);
    const bytes = place && this.#context.store.find(place.path)?.blobs.get(place.digest);
    if (place === undefined || bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', 'no such download');
    return this.#content(request, place.digest, bytes);
  }

  #redirect(path: string, digest: string): Answer {
    const token = `${this.#downloads.size + 1}-${'d'.repeat(64)}`;
    const location = `/artifacts-downloads/namespaces/${path.replaceAll('/', '%2F')}/downloads/${token}`;
    this.#downloads.set(location, { path, digest });
    return answer(302, { location, 'docker-content-digest': digest });
  }

  #content(request: FakeRequest, digest: string, bytes: Uint8Array): Answer {
    const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers['range'] ?? '');
    if (range === null || request.method === 'HEAD' || this.#context.behaviour.ranges === 'ignored') {
      return answer(200, { ...headers, 'accept-ranges': 'bytes' }, bytes);
    }
    const from = Number(range[1]);
    const to = range[2] === '' || range[2] === undefined ? bytes.length : Math.min(Number(range[2]) + 1, bytes.length);
    if (from >= bytes.length || from >= to) return answer(416, { 'content-range': `bytes */${bytes.length}` });
    return answer(
      206,
      { ...headers, 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` },
      bytes.subarray(from, to),
    );
  }
}
