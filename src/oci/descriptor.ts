import type { Digest } from './digest.ts';

/** A content descriptor (image-spec, descriptor.md): what a manifest says about something it points at. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
  readonly platform?: string | undefined;
  readonly artifactType?: string | undefined;
}
