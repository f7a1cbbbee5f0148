import { readDocument } from '../fake/document.ts';
import type { Store, StoredRepository } from '../fake/store.ts';

/** Tags of a registry that point at something which is not all there: `PATH:TAG lacks DIGEST`. */
export function incompleteTags(store: Store): string[] {
  return [...store.repositories].flatMap(([path, repository]) =>
    [...repository.tags].flatMap(([tag, digest]) =>
      missingBelow(repository, digest).map((missing) => `${path}:${tag} lacks ${missing}`),
    ),
  );
}

/** What is not there of a manifest and of all below it. */
export function missingBelow(repository: StoredRepository, digest: string): string[] {
  const document = readDocument(repository.manifests.get(digest)?.bytes ?? new Uint8Array());
  if (document === undefined) return [digest];
  const blobs = document.blobs.map((blob) => blob.digest).filter((blob) => !repository.blobs.has(blob));
  return [...blobs, ...document.manifests.flatMap((child) => missingBelow(repository, child.digest))];
}
