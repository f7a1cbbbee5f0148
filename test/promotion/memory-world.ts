import { parseReference, type Reference } from '../../src/oci/reference.ts';
import type { Repository } from '../../src/oci/repository.ts';
import type { PromotionPolicy } from '../../src/promotion/request.ts';
import type { World } from '../../src/promotion/world.ts';
import { altered, MemoryRegistry } from '../fake/memory-repository.ts';
import { PlainWorld } from '../fake/plain-world.ts';

/** What was asked of a repository. */
export interface Operation {
  readonly kind: 'get' | 'head' | 'put' | 'exists' | 'fetch' | 'mount' | 'start' | 'commit' | 'cancel' | 'referrers';
  /** `HOST/PATH` */
  readonly repository: string;
  /** a tag or a digest; of a mount, the blob */
  readonly what: string;
}

/** Registries in memory for a promotion; every operation on them is remembered, and may be made to fail. */
export class MemoryWorld extends PlainWorld implements World {
  readonly operations: Operation[] = [];
  /** called before an operation; it may throw, or change what a registry holds */
  before: ((operation: Operation) => unknown) | undefined;
  /** called after an operation that did what it was asked */
  after: ((operation: Operation) => unknown) | undefined;
  /** whether a repository's blobs can be mounted from it, by its path */
  lends: (path: string) => boolean = () => true;
  readonly #registries = new Map<string, MemoryRegistry>();
  #now = 0;

  readonly limits = {
    clock: {
      now: () => this.#now,
      random: () => 0.5,
      sleep: async (ms: number) => {
        this.#now += ms;
      },
    },
    signal: this.stopping.signal,
    deadline: Number.POSITIVE_INFINITY,
  };

  registry(host: string): MemoryRegistry {
    const known = this.#registries.get(host) ?? new MemoryRegistry(host);
    this.#registries.set(host, known);
    return known;
  }

  /** The operations of one kind so far, as `REPOSITORY WHAT`. */
  asked(kind: Operation['kind']): string[] {
    return this.operations.filter((each) => each.kind === kind).map(({ repository, what }) => `${repository} ${what}`);
  }

  open(reference: Reference): Repository {
    const inner = this.registry(reference.host).repository(reference.path);
    const watched = <T>(kind: Operation['kind'], what: string, act: () => Promise<T>): Promise<T> =>
      this.#watched({ kind, repository: inner.name, what }, act);
    const session = async (what: string, offered: Awaited<ReturnType<Repository['startUpload']>>) => ({
      commit: (...[blob, content]: Parameters<typeof offered.commit>) =>
        watched('commit', blob.digest, () => offered.commit(blob, content)),
      cancel: () => watched('cancel', what, () => offered.cancel()),
    });
    return altered(inner, {
      exists: (blob) => watched('exists', blob.digest, () => inner.exists(blob)),
      fetch: (blob, received) => watched('fetch', blob.digest, () => inner.fetch(blob, received)),
      get: (wanted) => watched('get', wanted, () => inner.get(wanted)),
      head: (wanted) => watched('head', wanted, () => inner.head(wanted)),
      referrers: (subject) => watched('referrers', subject, () => inner.referrers(subject)),
      startUpload: () => watched('start', '', async () => session('', await inner.startUpload())),
      mount: (blob, from) =>
        watched('mount', blob.digest, async () => {
          const answer = this.lends(from) ? await inner.mount(blob, from) : await inner.startUpload();
          return typeof answer === 'string' ? answer : session(blob.digest, answer);
        }),
      put: (wanted, manifest) =>
        watched('put', wanted, async () => {
          // Unlike most registries this one looks at nothing, so that order is the client's own doing.
          const repository = this.registry(reference.host).store.at(reference.path);
          repository.putManifest(manifest.digest, manifest.mediaType, manifest.bytes);
          if (wanted !== manifest.digest) repository.tags.set(wanted, manifest.digest);
        }),
    });
  }

  requests(): number {
    return this.operations.length;
  }

  async #watched<T>(operation: Operation, act: () => Promise<T>): Promise<T> {
    this.limits.signal.throwIfAborted();
    this.operations.push(operation);
    // A request takes its time: others come in between.
    await new Promise((resolve) => setImmediate(resolve));
    await this.before?.(operation);
    const result = await act();
    await this.after?.(operation);
    return result;
  }
}

const cautious: PromotionPolicy = {
  allowMove: false,
  expectDigest: undefined,
  repair: false,
  dryRun: false,
  attached: 'follow',
  onFailure: 'withhold',
};

/** A request for images by `SOURCE DESTINATION…`, all references written out. */
export function requestOf(images: readonly (readonly string[])[], policy: Partial<PromotionPolicy> = {}) {
  return {
    images: images.map((references) => {
      const [source, ...destinations] = references.map(parseReference);
      if (source === undefined) throw new Error('an image has a source');
      return { source, destinations };
    }),
    selections: [],
    policy: { ...cautious, ...policy },
  };
}
