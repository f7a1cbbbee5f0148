import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Graph } from './graph.ts';

/** What happens during a promotion, for whoever watches. References are printed whole. */
export type PromotionEvent =
  /** what a registry's listing gave of what was asked for by listing */
  | { readonly type: 'selected'; readonly source: string; readonly images: number; readonly repositories: number }
  | { readonly type: 'resolved'; readonly source: string; readonly digest: Digest; readonly mediaType: string }
  | {
      readonly type: 'planned';
      readonly destination: string;
      readonly digest: Digest;
      readonly current: Digest | undefined;
      readonly action: 'create' | 'move' | 'unchanged';
      /** let go of once its content is there: whoever wants some of it later keeps that */
      readonly graph: Graph;
    }
  /** what follows an image to one of its destinations */
  | {
      readonly type: 'attached';
      readonly destination: string;
      readonly graph: Graph;
      /** the tag that it is found by, where it is not found by its `subject` */
      readonly tag: string | undefined;
    }
  /** how a blob came to be in a destination repository */
  | { readonly type: 'blob'; readonly repository: string; readonly blob: Descriptor; readonly how: BlobOutcome }
  /** bytes of one attempt so far: absolute, so that an event may be lost */
  | {
      readonly type: 'bytes';
      readonly repository: string;
      readonly digest: Digest;
      readonly attempt: number;
      readonly sent: number;
      readonly size: number;
    }
  | { readonly type: 'manifest'; readonly repository: string; readonly digest: Digest }
  | { readonly type: 'tagged'; readonly destination: string; readonly digest: Digest }
  | { readonly type: 'verified'; readonly destination: string; readonly digest: Digest }
  | { readonly type: 'retry'; readonly what: string; readonly because: string; readonly waitMs: number }
  | { readonly type: 'warning'; readonly message: string };

export type BlobOutcome = 'mounted' | 'uploaded' | 'existing';

/** Takes an event; never throws, never waits. */
export type Emit = (event: PromotionEvent) => void;
