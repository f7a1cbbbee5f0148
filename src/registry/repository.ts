import type { Side } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { BlobContent, Repository, RepositoryListing, UploadSession } from '../oci/repository.ts';
import type { Limits } from '../retry.ts';
import { Blobs } from './blobs.ts';
import { Endpoint } from './endpoint.ts';
import { Manifests } from './manifests.ts';
import { Referrers } from './referrers.ts';
import { Tags } from './tags.ts';

/** A repository of a registry that speaks the distribution-spec. Its faults name the side and the reference. */
export class RemoteRepository implements Repository {
  readonly name: string;
  readonly #blobs: Blobs;
  readonly #manifests: Manifests;
  readonly #tags: Tags;
  readonly #referrers: Referrers;

  /**
   * @param transport adds this registry's credentials and follows redirects
   * @param side for messages; undefined where there is only one
   * @param limits of the waits until the registry shows what it took
   */
  constructor(reference: Reference, transport: Transport, side: Side | undefined, limits: Limits) {
    const endpoint = new Endpoint(reference, transport, side);
    this.name = endpoint.name;
    this.#blobs = new Blobs(endpoint);
    this.#manifests = new Manifests(endpoint);
    this.#tags = new Tags(endpoint);
    this.#referrers = new Referrers(endpoint, this.#manifests, limits);
  }

  exists(blob: Descriptor): Promise<boolean> {
    return this.#blobs.exists(blob);
  }

  fetch(blob: Descriptor, received: (bytes: number) => void): Promise<BlobContent> {
    return this.#blobs.fetch(blob, received);
  }

  mount(blob: Descriptor, from: string): Promise<'mounted' | 'refused' | UploadSession> {
    return this.#blobs.mount(blob, from);
  }

  startUpload(): Promise<UploadSession> {
    return this.#blobs.startUpload();
  }

  get(reference: string): Promise<Manifest | undefined> {
    return this.#manifests.get(reference);
  }

  head(reference: string): Promise<Digest | undefined> {
    return this.#manifests.head(reference);
  }

  async put(reference: string, manifest: Manifest, beforeLate?: () => Promise<void>): Promise<void> {
    const entered = await this.#manifests.put(reference, manifest, beforeLate);
    if (manifest.subject !== undefined && !entered) await this.#referrers.enter(manifest, manifest.subject);
  }

  referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return this.#referrers.referrers(subject);
  }

  tags(): AsyncIterable<string> {
    return this.#tags.tags();
  }

  listing(): Promise<RepositoryListing> {
    return this.#tags.listing();
  }
}
