import type { Descriptor } from './descriptor.ts';
import type { Digest, DigestAlgorithm } from './digest.ts';

/**
 * A manifest of any kind, with the bytes that were fetched: they are what is put, never a new
 * serialisation. An image (or artifact) has blobs, an index has manifests.
 */
export interface Manifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: 'image' | 'index';
  /** the config and the layers of an image, in order; none for an index */
  readonly blobs: readonly Descriptor[];
  /** the children of an index, in order; none for an image */
  readonly manifests: readonly Descriptor[];
  /** what this manifest is attached to (image-spec 1.1, `subject`) */
  readonly subject: Descriptor | undefined;
  readonly artifactType: string | undefined;
}

/** Everything that parseManifest understands, for an Accept header. */
export const manifestMediaTypes: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
];

/**
 * Reads a manifest strictly.
 * @param bytes as they were sent
 * @param contentType the Content-Type header, parameters and all; undefined where there was none
 * @throws Fault MANIFEST_INVALID that names the field
 */
export declare function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  algorithm: DigestAlgorithm,
): Manifest;
