import { type Digest, digestOf } from '../../src/oci/digest.ts';

export interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** milliseconds since 1970 */
  readonly uploaded: number;
}

/** What one repository (a `HOST/PATH`) holds. Everything may be changed from outside, to lies as well. */
export class StoredRepository {
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, StoredManifest>();
  readonly tags = new Map<string, string>();

  putBlob(bytes: Uint8Array): Digest {
    const digest = digestOf(bytes, 'sha256');
    this.blobs.set(digest, bytes);
    return digest;
  }

  putManifest(digest: string, mediaType: string, bytes: Uint8Array): void {
    this.manifests.set(digest, { bytes, mediaType, uploaded: Date.now() });
  }

  /** @param reference a tag or a digest */
  digestOf(reference: string): string | undefined {
    return this.manifests.has(reference) ? reference : this.tags.get(reference);
  }

  /** @param reference a tag or a digest */
  manifest(reference: string): StoredManifest | undefined {
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  tagsOf(digest: string): string[] {
    return [...this.tags].filter(([, target]) => target === digest).map(([tag]) => tag);
  }
}

/** The repositories of one registry host, by path. */
export class Store {
  readonly repositories = new Map<string, StoredRepository>();

  /** the repository of that path, made when it is not there */
  at(path: string): StoredRepository {
    const found = this.repositories.get(path);
    if (found !== undefined) return found;
    const made = new StoredRepository();
    this.repositories.set(path, made);
    return made;
  }

  find(path: string): StoredRepository | undefined {
    return this.repositories.get(path);
  }

  /** the next path components below a path, each once */
  below(path: string): string[] {
    const inside = [...this.repositories.keys()].filter((each) => each.startsWith(`${path}/`));
    return [...new Set(inside.map((each) => each.slice(path.length + 1).split('/')[0] ?? ''))];
  }
}
