import { identityOf } from '../oci/artifact-registry-name.ts';
import type { ReadImage } from './check-tags.ts';
import { type Finding, missing } from './finding.ts';

/** The destinations that images of different digests are to go to. */
export function claimFindings(images: readonly ReadImage[]): Finding[] {
  const claims = images.flatMap(({ source, standing, destinations }) =>
    standing.kind === 'found'
      ? destinations.map(({ reference }) => ({ source, digest: standing.digest, reference }))
      : [],
  );
  const rivals = Map.groupBy(claims, ({ reference }) => identityOf(reference));
  return [...rivals.values()].flatMap(([first, ...others]) => {
    const other = others.find(({ digest }) => digest !== first?.digest);
    if (first === undefined || other === undefined) return [];
    const subject = first.reference.toString();
    const detail = `is to be both ${first.source} and ${other.source}`;
    return [missing('destination', subject, 'TAG_CLAIMED_TWICE', detail, 'give each image a destination of its own')];
  });
}
