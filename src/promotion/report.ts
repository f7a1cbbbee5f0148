import type { FaultCode } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';

/** The JSON report that people script against; README, "Report". */
export interface Report {
  readonly schemaVersion: 1;
  readonly outcome: 'promoted' | 'unchanged' | 'planned' | 'failed';
  readonly images: readonly ImageReport[];
  readonly error?: ReportedFault;
  readonly warnings?: readonly string[];
  /** distinct blobs per destination repository */
  readonly blobs: BlobCounts;
  readonly bytesUploaded: number;
  /** to registries; redirects and token exchanges included */
  readonly requests: number;
  readonly durationMs: number;
}

export interface ImageReport {
  /** `…@sha256:…`, or as it was given where it could not be resolved */
  readonly source: string;
  /** `…:tag` */
  readonly destination: string;
  readonly digest: Digest | null;
  /** what the tag stood at before */
  readonly previousDigest?: Digest;
  readonly attached?: readonly Digest[];
  readonly outcome: ImageOutcome;
  /** the destination was read back and hashed */
  readonly verified: boolean;
  readonly error?: ReportedFault;
}

export type ImageOutcome = 'promoted' | 'unchanged' | 'planned' | 'withheld' | 'failed';

export interface BlobCounts {
  readonly mounted: number;
  readonly uploaded: number;
  readonly existing: number;
}

export interface ReportedFault {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string;
}
