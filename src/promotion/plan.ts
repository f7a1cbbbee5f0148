import { Fault } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Graph } from './graph.ts';
import type { PromotionPolicy } from './request.ts';
import type { ResolvedImage } from './resolve.ts';

/** What is to be done to one tag. */
export interface PlannedTag {
  readonly reference: Reference;
  readonly current: Digest | undefined;
  readonly action: 'create' | 'move' | 'unchanged';
}

/** One image, pinned, and where it goes. */
export interface PlannedImage {
  readonly source: Reference;
  readonly digest: Digest;
  readonly graph: Graph;
  readonly tags: readonly PlannedTag[];
}

/** What will be done, decided before anything is written. */
export interface Plan {
  readonly images: readonly PlannedImage[];
}

/**
 * Pure.
 * @throws Fault UNEXPECTED_DIGEST, TAG_WOULD_MOVE or TAG_CLAIMED_TWICE: the refusals, found before a byte moves
 */
export function makePlan(images: readonly ResolvedImage[], policy: PromotionPolicy): Plan {
  const planned = images.map((image) => planImage(image, policy));
  refuseTwoSources(planned);
  for (const image of planned) refuseMoves(image, policy);
  return { images: planned };
}

function planImage({ source, graph, destinations }: ResolvedImage, { expectDigest }: PromotionPolicy): PlannedImage {
  const { digest } = graph.root;
  if (expectDigest !== undefined && expectDigest !== digest) {
    throw new Fault('UNEXPECTED_DIGEST', `source ${source} is not the expected ${expectDigest}`, {
      hint: 'the tag was pushed again after the tests, or the expected digest is of another image; promote what was tested by its digest',
    });
  }
  const tags = destinations.map(({ reference, current }) => ({
    reference,
    current,
    action: actionFor(current, digest),
  }));
  return { source, digest, graph, tags };
}

function actionFor(current: Digest | undefined, wanted: Digest): PlannedTag['action'] {
  if (current === undefined) return 'create';
  return current === wanted ? 'unchanged' : 'move';
}

function refuseMoves({ digest, tags }: PlannedImage, { allowMove }: PromotionPolicy): void {
  const moved = tags.find(({ action }) => action === 'move');
  if (moved === undefined || allowMove) return;
  throw new Fault(
    'TAG_WOULD_MOVE',
    `destination ${moved.reference} stands at ${moved.current} and would move to ${digest}`,
    {
      hint: 'promote to a tag of its own, or allow this move with --allow-move (_ALLOW_MOVE=true)',
    },
  );
}

function refuseTwoSources(images: readonly PlannedImage[]): void {
  const claims = new Map<string, PlannedImage>();
  for (const image of images) {
    for (const { reference } of image.tags) {
      const other = claims.get(reference.toString());
      if (other !== undefined && other.digest !== image.digest) {
        throw new Fault(
          'TAG_CLAIMED_TWICE',
          `destination ${reference} is to be both ${other.source} and ${image.source}`,
        );
      }
      claims.set(reference.toString(), image);
    }
  }
}
