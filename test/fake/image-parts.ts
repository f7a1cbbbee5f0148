import { type Digest, digestOf } from '../../src/oci/digest.ts';

export const ociImage = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const dockerImage = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const emptyConfig = 'application/vnd.oci.empty.v1+json';

export interface SeedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface SeedBlob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** Content that a test puts into a registry: manifests in the order in which they must be put, the root last. */
export interface SeedContent {
  readonly manifests: readonly SeedManifest[];
  readonly blobs: readonly SeedBlob[];
  readonly root: SeedManifest;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export function blobOf(bytes: Uint8Array): SeedBlob {
  return { digest: digestOf(bytes, 'sha256'), bytes };
}

export function manifestOf(mediaType: string, text: string): SeedManifest {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes, 'sha256'), mediaType, bytes };
}

export function descriptorOf(mediaType: string, blob: SeedBlob): { mediaType: string; digest: Digest; size: number } {
  return { mediaType, digest: blob.digest, size: blob.bytes.length };
}

/** An image's config as the image-spec has it ("OCI Image Configuration"), which Docker's reads like. */
export function configBlob(platform: Platform, diffIds: readonly Digest[]): SeedBlob {
  const rootfs = { type: 'layers', diff_ids: diffIds };
  const history = diffIds.map((_layer, index) => ({ created_by: `step ${index + 1}` }));
  const config = { created: '2026-01-02T03:04:05Z', ...platform, config: { Env: ['A=B'] }, rootfs, history };
  return blobOf(Buffer.from(JSON.stringify(config)));
}
