import { buffer } from 'node:stream/consumers';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { algorithmOf } from '../../src/oci/digest.ts';
import { type Manifest, parseManifest } from '../../src/oci/manifest.ts';
import type { BlobContent, Repository } from '../../src/oci/repository.ts';
import type { SeedBlob, SeedContent, SeedManifest } from '../fake/image-parts.ts';

/** A registry that the contract is run on. Each test has a path of its own in it. */
export interface ContractWorld {
  open(path: string): Repository;
  /** gives a blob or a manifest other bytes, behind the registry's back */
  spoil(path: string, digest: string, bytes: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

/** sizes of blobs, in bytes */
export const small = 5_000;
/** above what any implementation holds in memory */
export const large = 1_500_000;

export function ignore(): void {}

export function descriptorFor(blob: SeedBlob): Descriptor {
  return { mediaType: 'application/octet-stream', digest: blob.digest, size: blob.bytes.length };
}

/** the manifest as the program reads it */
export function read({ bytes, mediaType, digest }: SeedManifest): Manifest {
  return parseManifest(bytes, mediaType, algorithmOf(digest));
}

export async function upload(repository: Repository, blob: SeedBlob): Promise<void> {
  const session = await repository.startUpload();
  await session.commit(descriptorFor(blob), blob.bytes);
}

export async function putAll(repository: Repository, content: SeedContent, reference: string): Promise<void> {
  for (const blob of content.blobs) await upload(repository, blob);
  for (const manifest of content.manifests) {
    await repository.put(manifest === content.root ? reference : manifest.digest, read(manifest));
  }
}

export async function fetchBytes(repository: Repository, blob: SeedBlob): Promise<Buffer> {
  return bytesOf(await repository.fetch(descriptorFor(blob), ignore));
}

export async function bytesOf(content: BlobContent): Promise<Buffer> {
  return content instanceof Uint8Array ? Buffer.from(content) : buffer(content);
}
