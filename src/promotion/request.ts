import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';

/** One image to promote: from where, and to which tags. */
export interface ImageRequest {
  /** by tag or by digest; a digest wins where both stand */
  readonly source: Reference;
  /** each with a tag, or with the source's digest where the image has no tag; at least one */
  readonly destinations: readonly Reference[];
}

/** Images that only the registry's own listing can name. */
export interface Selection {
  /** all tags of one image, or all images below a repository or a prefix of one */
  readonly of: 'image' | 'repository';
  /** no tag, no digest; for 'repository' the path that everything selected begins with */
  readonly source: Reference;
  /** likewise; what follows the source's path is appended for 'repository' */
  readonly destinations: readonly Reference[];
  /** which tags, and whether manifests without one */
  readonly filter: SelectionFilter;
}

export interface SelectionFilter {
  /** globs; a tag must match one of them, where there are any */
  readonly include: readonly string[];
  /** globs; a tag must match none of them */
  readonly exclude: readonly string[];
  /** so many of each image's tags, by upload time */
  readonly newest: number | undefined;
  /** manifests without a tag as well, by digest */
  readonly untagged: boolean;
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
  /** signatures, SBOMs and attestations follow their image, or stay */
  readonly attached: 'follow' | 'leave';
  /** after a failure: promote what is whole, or leave every tag as it was */
  readonly onFailure: 'keep going' | 'withhold';
}

/** What was asked for, whole: nothing after this reads arguments or the environment. */
export interface PromotionRequest {
  readonly images: readonly ImageRequest[];
  readonly selections: readonly Selection[];
  readonly policy: PromotionPolicy;
}
