import { algorithmOf, digestOf, isDigest } from '../../src/oci/digest.ts';
import { type Answer, answer, errorAnswer, type FakeRequest } from './exchange.ts';
import type { RegistryContext } from './registry-host.ts';

interface Upload {
  readonly location: string;
  readonly path: string;
  received: Uint8Array;
  patches: number;
}

/** Uploads of blobs (distribution-spec, "Pushing blobs" and "Mounting a blob from another repository"). */
export class UploadRoutes {
  readonly #context: RegistryContext;
  /** by the path of their Location */
  readonly #open = new Map<string, Upload>();
  #started = 0;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** The repository of an upload; undefined where there is no such upload. */
  pathOf(location: string): string | undefined {
    return this.#open.get(location)?.path;
  }

  start(request: FakeRequest, path: string): Answer {
    if (request.method !== 'POST') return errorAnswer(405, 'UNSUPPORTED', `${request.method} starts no upload`);
    const digest = request.query.get('mount');
    return (digest === null ? undefined : this.#mount(request, path, digest)) ?? this.#session(request, path);
  }

  async proceed(request: FakeRequest): Promise<Answer> {
    const upload = this.#open.get(request.path);
    if (upload === undefined) return errorAnswer(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    if (this.#context.behaviour.uploadPath === 'v2' && request.query.get('_state') !== stateOf(upload)) {
      return errorAnswer(400, 'BLOB_UPLOAD_INVALID', 'the upload state did not come back');
    }
    if (request.method === 'PUT') return this.#commit(request, upload);
    if (request.method === 'PATCH') return this.#append(request, upload);
    if (request.method === 'GET') return answer(204, this.#progress(request, upload));
    if (request.method !== 'DELETE') return errorAnswer(405, 'UNSUPPORTED', `${request.method} of an upload`);
    this.#open.delete(upload.location);
    return answer(204, {});
  }

  /** @returns undefined where a session is offered instead */
  #mount(request: FakeRequest, path: string, digest: string): Answer | undefined {
    const { mount } = this.#context.behaviour;
    if (mount === 202) return undefined;
    if (mount !== 201) return errorAnswer(mount, mountErrors[mount], 'the mount was refused');
    const from = request.query.get('from') ?? '';
    const mayRead = this.#context.access.refusal(request, { path: from, action: 'pull' }) === undefined;
    const bytes = mayRead ? this.#context.store.find(from)?.blobs.get(digest) : undefined;
    if (bytes === undefined) return undefined;
    this.#context.store.at(path).blobs.set(digest, bytes);
    return committed(path, digest);
  }

  #session(request: FakeRequest, path: string): Answer {
    this.#started += 1;
    const base = this.#context.behaviour.uploadPath === 'v2' ? `/v2/${path}/blobs` : artifactsBase(path);
    const name = `${base}/uploads/${this.#started}-`;
    const location = name.padEnd(Math.max(this.#context.behaviour.locationLength, name.length + 16), 'AbCd0123-_');
    const upload: Upload = { location, path, received: new Uint8Array(), patches: 0 };
    this.#open.set(location, upload);
    return answer(202, this.#progress(request, upload));
  }

  async #append(request: FakeRequest, upload: Upload): Promise<Answer> {
    if (upload.patches >= this.#context.behaviour.patches) {
      return errorAnswer(405, 'UNSUPPORTED', 'chunked uploads are not supported');
    }
    upload.patches += 1;
    upload.received = Buffer.concat([upload.received, await request.body.bytes()]);
    return answer(202, this.#progress(request, upload));
  }

  async #commit(request: FakeRequest, upload: Upload): Promise<Answer> {
    const length = request.headers['content-length'];
    if (length === undefined && upload.patches === 0 && this.#context.behaviour.chunkedPut === 'refused') {
      return errorAnswer(411, 'SIZE_INVALID', 'Content-Length is required');
    }
    const bytes = Buffer.concat([upload.received, await request.body.bytes()]);
    if (length !== undefined && request.body.received !== Number(length)) {
      return errorAnswer(400, 'SIZE_INVALID', 'the body is not as long as Content-Length says');
    }
    if (bytes.length === 0 && this.#context.behaviour.emptyBlob === 'refused') {
      return errorAnswer(400, 'BLOB_UPLOAD_INVALID', 'an upload cannot be empty');
    }
    const digest = request.query.get('digest') ?? '';
    if (!isDigest(digest) || digestOf(bytes, algorithmOf(digest)) !== digest) {
      return errorAnswer(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    this.#open.delete(upload.location);
    this.#context.store.at(upload.path).blobs.set(digest, bytes);
    return committed(upload.path, digest);
  }

  #progress(request: FakeRequest, upload: Upload): Record<string, string> {
    const origin = this.#context.behaviour.locations === 'absolute' ? `${request.scheme}://${request.host}` : '';
    const state = this.#context.behaviour.uploadPath === 'v2' ? `?_state=${stateOf(upload)}` : '';
    return {
      location: `${origin}${upload.location}${state}`,
      range: `0-${Math.max(upload.received.length - 1, 0)}`,
    };
  }
}

const mountErrors = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  500: 'UNKNOWN',
} as const;

/** Changes with every PATCH, as real ones do: a client that keeps an old Location fails. */
function stateOf(upload: Upload): string {
  return `state-${upload.patches}-${upload.received.length}`;
}

function artifactsBase(path: string): string {
  const [project = '', repository = ''] = path.split('/');
  return `/artifacts-uploads/namespaces/${project}/repositories/${repository}`;
}

function committed(path: string, digest: string): Answer {
  return answer(201, { location: `/v2/${path}/blobs/${digest}`, 'docker-content-digest': digest });
}
