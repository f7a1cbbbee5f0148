import type { Access, Need } from './access.ts';
import type { Behaviour } from './behaviour.ts';
import { BlobRoutes } from './blob-routes.ts';
import { type Answer, answer, errorAnswer, type FakeRequest } from './exchange.ts';
import { catalog, referrers, tagList } from './lists.ts';
import { manifestRoute } from './manifest-routes.ts';
import type { Handler } from './server.ts';
import { Store, StoredRepository } from './store.ts';
import { UploadRoutes } from './upload-routes.ts';

/** What a route needs to know of its host. */
export interface RegistryContext {
  readonly store: Store;
  readonly access: Access;
  readonly behaviour: Behaviour;
}

/** The distribution-spec over a store in memory, for one host name. */
export class RegistryHost implements Handler, RegistryContext {
  readonly store = new Store();
  readonly access: Access;
  readonly behaviour: Behaviour;
  readonly #blobs: BlobRoutes;
  readonly #uploads: UploadRoutes;

  constructor(access: Access, behaviour: Behaviour) {
    this.access = access;
    this.behaviour = behaviour;
    this.#blobs = new BlobRoutes(this);
    this.#uploads = new UploadRoutes(this);
  }

  async handle(request: FakeRequest): Promise<Answer> {
    const token = this.access.token(request);
    if (token !== undefined) return token;
    if (request.path.startsWith('/artifacts-downloads/')) return this.#blobs.download(request);
    if (request.path.startsWith('/artifacts-uploads/')) {
      const path = this.#uploads.pathOf(request.path);
      return this.#allowed(request, { path, action: 'push' }, () => this.#uploads.proceed(request));
    }
    if (request.path === '/v2/')
      return this.#allowed(request, { path: undefined, action: 'pull' }, async () => version());
    if (request.path === '/v2/_catalog') {
      return this.#allowed(request, { path: undefined, action: 'pull' }, async () => catalog(this.store, request));
    }
    return this.#route(request);
  }

  #route(request: FakeRequest): Promise<Answer> {
    const parts = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/([^/]*)$/.exec(request.path);
    const [, path, what, last] = parts ?? [];
    if (path === undefined || last === undefined) {
      return Promise.resolve(errorAnswer(404, 'UNSUPPORTED', `no such endpoint: ${request.path}`));
    }
    const action = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push';
    return this.#allowed(request, { path, action }, async () => {
      if (what === 'manifests') return manifestRoute(this, request, path, last);
      if (what === 'blobs') return this.#blobs.answer(request, path, last);
      if (what === 'blobs/uploads')
        return last === '' ? this.#uploads.start(request, path) : this.#uploads.proceed(request);
      if (what === 'tags') return this.#tags(request, path);
      if (this.behaviour.referrers === 'absent') return errorAnswer(404, 'UNSUPPORTED', 'no referrers here');
      return referrers(this.store.at(path), request, last);
    });
  }

  /** Artifact Registry lists what is no image, but has images below it. */
  #tags(request: FakeRequest, path: string): Answer {
    const children = this.store.below(path);
    const repository = this.store.find(path);
    if (repository !== undefined) return tagList(this.behaviour, request, path, repository, children);
    if (this.behaviour.tagDetails === 'google' && children.length > 0)
      return tagList(this.behaviour, request, path, new StoredRepository(), children);
    return errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  }

  async #allowed(request: FakeRequest, need: Need, go: () => Promise<Answer>): Promise<Answer> {
    return this.access.refusal(request, need) ?? go();
  }
}

function version(): Answer {
  return answer(200, { 'docker-distribution-api-version': 'registry/2.0' });
}
