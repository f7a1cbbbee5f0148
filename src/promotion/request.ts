import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';

/** One image to promote: from where, and to which tags. */
export interface ImageRequest {
  /** by tag or by digest; a digest wins where both stand */
  readonly source: Reference;
  /** each with a tag; at least one */
  readonly destinations: readonly Reference[];
}

/** What a promotion may do, and what it must find. */
export interface PromotionPolicy {
  /** a destination tag that stands at another digest is moved, not refused */
  readonly allowMove: boolean;
  /** the source must be this digest */
  readonly expectDigest: Digest | undefined;
  /** look below a destination that already has the digest, and fill what is missing */
  readonly repair: boolean;
  /** everything up to the first write */
  readonly dryRun: boolean;
}

/** What was asked for, whole: nothing after this reads arguments or the environment. */
export interface PromotionRequest {
  readonly images: readonly ImageRequest[];
  readonly policy: PromotionPolicy;
}
