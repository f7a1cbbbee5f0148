import type { Store } from '../fake/store.ts';

/** Gives a blob or a manifest other bytes under the digest it had. */
export function spoil(store: Store, path: string, digest: string, bytes: Uint8Array): void {
  const repository = store.at(path);
  const manifest = repository.manifests.get(digest);
  if (manifest === undefined) repository.blobs.set(digest, bytes);
  else repository.putManifest(digest, manifest.mediaType, bytes);
}
