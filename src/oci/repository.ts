import type { Readable } from 'node:stream';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import type { Manifest } from './manifest.ts';
import type { Reference } from './reference.ts';

/** bytes; up to here a blob is held in memory and travels with the small requests */
export const smallBlob = 1024 * 1024;

/** A blob's bytes: whole when it is small, a stream of `Uint8Array` chunks otherwise. */
export type BlobContent = Uint8Array | Readable;

/** One upload into one repository, good for one blob (distribution-spec, "Pushing a blob monolithically"). */
export interface UploadSession {
  /**
   * Sends the bytes and closes the upload under the blob's digest. Nothing is committed when
   * `content` fails before its end.
   */
  commit(blob: Descriptor, content: BlobContent): Promise<void>;
  /** Gives the session up; never fails. */
  cancel(): Promise<void>;
}

/** The blobs of one repository. */
export interface BlobStore {
  /** By the registry's word alone; one whose length it tells otherwise is not there: it was cut, or the descriptor lies. */
  exists(blob: Descriptor): Promise<boolean>;
  /**
   * Content that proved to be what the descriptor says: a stream fails with DIGEST_MISMATCH or
   * SIZE_MISMATCH before it hands out its last chunk.
   * @param received told the bytes of a stream that came so far
   */
  fetch(blob: Descriptor, received: (bytes: number) => void): Promise<BlobContent>;
  /**
   * Asks for a blob of another repository of the same registry without moving its bytes.
   * @param from the other repository's path, without the host
   * @returns 'mounted', the upload session that the registry offered instead, or 'refused'
   */
  mount(blob: Descriptor, from: string): Promise<'mounted' | 'refused' | UploadSession>;
  startUpload(): Promise<UploadSession>;
}

/** The manifests of one repository. A reference is a tag or a digest. */
export interface ManifestStore {
  /**
   * The manifest with the bytes as they were sent. Asked for by digest, they have it.
   * @returns undefined where there is none
   */
  get(reference: string): Promise<Manifest | undefined>;
  /** What a tag or digest stands at by the registry's word alone; undefined where there is nothing. */
  head(reference: string): Promise<Digest | undefined>;
  /** Where the registry keeps no list of referrers, a manifest with a subject is entered under the fallback tag too. */
  put(reference: string, manifest: Manifest, beforeLate?: () => Promise<void>): Promise<void>;
}

/** The tags of one repository. */
export interface TagLister {
  tags(): AsyncIterable<string>;
  /** Everything that the registry tells of the repository at once. */
  listing(): Promise<RepositoryListing>;
}

/** What a registry lists of one repository. Artifact Registry tells all of it, others the tags alone. */
export interface RepositoryListing {
  readonly tags: readonly string[];
  /** undefined where the registry does not tell */
  readonly manifests: readonly ListedManifest[] | undefined;
  /** names of what lies below, one path component each; undefined where the registry does not tell */
  readonly children: readonly string[] | undefined;
}

/** One of the repositories below a path. */
export interface ListedRepository {
  /** neither tag nor digest */
  readonly reference: Reference;
  readonly listing: RepositoryListing;
}

export interface ListedManifest {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** milliseconds since the epoch */
  readonly uploadedAt: number | undefined;
}

/** What points at a manifest by its `subject` (distribution-spec 1.1, "Listing Referrers"). */
export interface ReferrerLister {
  /** by the referrers API, else by the fallback tag */
  referrers(subject: Digest): Promise<readonly Descriptor[]>;
}

/** One repository of a registry: what is under one `HOST/PATH`. */
export interface Repository extends BlobStore, ManifestStore, TagLister, ReferrerLister {
  /** `HOST/PATH` */
  readonly name: string;
}
