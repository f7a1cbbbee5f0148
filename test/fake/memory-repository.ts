import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Fault } from '../../src/fault.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { algorithmOf, type Digest, digestOf, isDigest } from '../../src/oci/digest.ts';
import { type Manifest, parseManifest } from '../../src/oci/manifest.ts';
import type { BlobContent, Repository, RepositoryListing, UploadSession } from '../../src/oci/repository.ts';
import { VerifiedStream, verifyBytes } from '../../src/oci/verified-stream.ts';
import { Store, type StoredRepository } from './store.ts';

/** bytes; a larger blob comes as a stream, so that tests of small content meet both forms */
const streamedAbove = 64 * 1024;

/** A registry without a network: repositories over one store, which tests may look into and spoil. */
export class MemoryRegistry {
  readonly host: string;
  readonly store = new Store();
  /** the answer to a mount of a blob that is there; one that is not there gets a session */
  mounts: 'mounted' | 'session' | 'refused' = 'mounted';

  constructor(host: string) {
    this.host = host;
  }

  repository(path: string): Repository {
    return new MemoryRepository(this, path);
  }
}

/** The same repository, but for what is replaced: for tests that need one that lies, fails or counts. */
export function altered(inner: Repository, changes: Partial<Repository>): Repository {
  return {
    name: inner.name,
    exists: (blob) => inner.exists(blob),
    fetch: (blob, received) => inner.fetch(blob, received),
    mount: (blob, from) => inner.mount(blob, from),
    startUpload: () => inner.startUpload(),
    get: (reference) => inner.get(reference),
    head: (reference) => inner.head(reference),
    put: (reference, manifest) => inner.put(reference, manifest),
    tags: () => inner.tags(),
    listing: () => inner.listing(),
    referrers: (subject) => inner.referrers(subject),
    ...changes,
  };
}

class MemoryRepository implements Repository {
  readonly name: string;
  readonly #registry: MemoryRegistry;
  readonly #path: string;

  constructor(registry: MemoryRegistry, path: string) {
    this.name = `${registry.host}/${path}`;
    this.#registry = registry;
    this.#path = path;
  }

  async exists({ digest, size }: Descriptor): Promise<boolean> {
    return this.#stored?.blobs.get(digest)?.length === size;
  }

  async fetch(blob: Descriptor, received: (bytes: number) => void): Promise<BlobContent> {
    const what = `${this.name}@${blob.digest}`;
    const bytes = this.#stored?.blobs.get(blob.digest);
    if (bytes === undefined) throw new Fault('NOT_FOUND', `${what}: no such blob`);
    if (blob.size > streamedAbove)
      return Readable.from(chunksOf(bytes, received)).compose(new VerifiedStream(blob, what));
    verifyBytes(bytes, blob, what);
    return bytes;
  }

  async mount(blob: Descriptor, from: string): Promise<'mounted' | 'refused' | UploadSession> {
    if (this.#registry.mounts === 'refused') return 'refused';
    const bytes = this.#registry.store.find(from)?.blobs.get(blob.digest);
    if (bytes === undefined || this.#registry.mounts === 'session') return this.startUpload();
    this.#registry.store.at(this.#path).blobs.set(blob.digest, bytes);
    return 'mounted';
  }

  async startUpload(): Promise<UploadSession> {
    return new MemoryUpload(this.#registry.store.at(this.#path), this.name);
  }

  async get(reference: string): Promise<Manifest | undefined> {
    const stored = this.#stored?.manifest(reference);
    if (stored === undefined) return undefined;
    const manifest = parseManifest(
      stored.bytes,
      stored.mediaType,
      isDigest(reference) ? algorithmOf(reference) : 'sha256',
    );
    if (isDigest(reference) && manifest.digest !== reference) {
      throw new Fault('DIGEST_MISMATCH', `${this.name}@${reference}: its bytes hash to ${manifest.digest}`);
    }
    return manifest;
  }

  async head(reference: string): Promise<Digest | undefined> {
    const digest = this.#stored?.digestOf(reference);
    return digest !== undefined && isDigest(digest) ? digest : undefined;
  }

  async put(reference: string, manifest: Manifest): Promise<void> {
    const repository = this.#registry.store.at(this.#path);
    const digest = digestOf(manifest.bytes, algorithmOf(manifest.digest));
    if (isDigest(reference) && reference !== digest) {
      throw new Fault('DIGEST_MISMATCH', `${this.name}@${reference}: its bytes hash to ${digest}`);
    }
    const missing =
      manifest.blobs.find((blob) => !repository.blobs.has(blob.digest)) ??
      manifest.manifests.find((child) => !repository.manifests.has(child.digest));
    if (missing !== undefined) throw new Fault('NOT_KEPT', `${this.name}: ${missing.digest} is not here`);
    repository.putManifest(digest, manifest.mediaType, manifest.bytes);
    if (!isDigest(reference)) repository.tags.set(reference, digest);
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    const manifests = await Promise.all([...(this.#stored?.manifests.keys() ?? [])].map((digest) => this.get(digest)));
    return manifests
      .filter((manifest) => manifest !== undefined)
      .filter((manifest) => manifest.subject?.digest === subject)
      .map(({ mediaType, digest, bytes, artifactType }) => ({ mediaType, digest, size: bytes.length, artifactType }));
  }

  async *tags(): AsyncGenerator<string> {
    if (this.#stored === undefined) throw new Fault('NOT_FOUND', `${this.name}: no such repository`);
    yield* [...this.#stored.tags.keys()].sort();
  }

  async listing(): Promise<RepositoryListing> {
    const children = this.#registry.store.below(this.#path);
    const stored = this.#stored;
    if (stored === undefined) {
      if (children.length === 0) throw new Fault('NOT_FOUND', `${this.name}: no such repository`);
      return { tags: [], manifests: [], children };
    }
    const manifests = [...stored.manifests].flatMap(([digest, { uploaded }]) =>
      isDigest(digest) ? [{ digest, tags: stored.tagsOf(digest), uploadedAt: uploaded }] : [],
    );
    return { tags: [...stored.tags.keys()].sort(), manifests, children };
  }

  get #stored(): StoredRepository | undefined {
    return this.#registry.store.find(this.#path);
  }
}

class MemoryUpload implements UploadSession {
  readonly #repository: StoredRepository;
  readonly #name: string;
  #isOpen = true;

  constructor(repository: StoredRepository, name: string) {
    this.#repository = repository;
    this.#name = name;
  }

  async commit(blob: Descriptor, content: BlobContent): Promise<void> {
    if (!this.#isOpen) throw new Fault('REGISTRY_FAILED', `${this.#name}: the upload session was lost`);
    const bytes = content instanceof Uint8Array ? content : await buffer(content);
    verifyBytes(bytes, blob, `${this.#name}@${blob.digest}`);
    this.#isOpen = false;
    this.#repository.blobs.set(blob.digest, bytes);
  }

  async cancel(): Promise<void> {
    this.#isOpen = false;
  }
}

function* chunksOf(bytes: Uint8Array, received: (bytes: number) => void): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += streamedAbove) {
    const chunk = bytes.subarray(from, from + streamedAbove);
    received(from + chunk.length);
    yield chunk;
  }
}
