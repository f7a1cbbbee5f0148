import type { Side } from '../fault.ts';
import { type ArtifactRegistryPlace, artifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { DestinationTag, ReadImage, Standing } from './check-tags.ts';
import { type Finding, missing, ok, unknown } from './finding.ts';
import { mutableTagsCommand } from './gcloud-commands.ts';
import { hintFor } from './known-refusals.ts';
import type { LookAround } from './look-around.ts';
import { whereItIs } from './whereabouts.ts';

/** What a promotion may do, and what it must find. */
export interface CheckRules {
  readonly allowMove: boolean;
  readonly expectDigest: Digest | undefined;
}

/** Is the image there, and is it the one that was expected? */
export async function sourceFinding(image: ReadImage, rules: CheckRules, around: LookAround): Promise<Finding> {
  const { source, standing } = image;
  const subject = source.toString();
  if (standing.kind === 'unknown') return notRead('source', source, standing);
  if (standing.kind === 'absent') {
    const place = artifactRegistryPlace(source);
    const where = place && (await whereItIs({ side: 'source', action: 'read' }, source, place, around));
    return missing('source', subject, 'NOT_FOUND', where?.detail ?? 'there is no such image', where?.fix);
  }
  const { digest } = standing;
  if (rules.expectDigest !== undefined && rules.expectDigest !== digest) {
    return missing('source', subject, 'UNEXPECTED_DIGEST', `is ${digest}, not the expected ${rules.expectDigest}`);
  }
  return ok('source', subject, `is ${digest}`);
}

/** What would become of a destination's tag. */
export function destinationFinding(tag: DestinationTag, rules: CheckRules): Finding {
  const { reference, standing, action } = tag;
  const subject = reference.toString();
  if (standing.kind === 'unknown') return notRead('destination', reference, standing);
  if (standing.kind === 'absent') return ok('destination', subject, 'is not there yet; it will be made');
  if (action === 'unchanged') return ok('destination', subject, 'is there already');
  const stands = `stands at ${standing.digest}`;
  if (action === 'unclear') return unknown('destination', subject, `${stands}; whether it would move is not known`);
  if (rules.allowMove) return ok('destination', subject, `${stands} and will move (--allow-move)`);
  return missing(
    'destination',
    subject,
    'TAG_WOULD_MOVE',
    `${stands} and would move`,
    'promote to a tag of its own (--dest-tag), or allow the move with --allow-move (_ALLOW_MOVE=true)',
  );
}

/**
 * Do immutable tags forbid what would be done? For one repository and the tags that go there.
 * @param areAllKnown what would become of each is known
 */
export function immutabilityFinding(
  place: ArtifactRegistryPlace,
  immutableTags: boolean,
  tags: readonly DestinationTag[],
  areAllKnown: boolean,
): Finding {
  const subject = 'tag immutability';
  if (!immutableTags) return ok('destination', subject, 'is off');
  const moved = tags.find(({ action }) => action === 'move');
  if (moved === undefined) {
    return areAllKnown
      ? ok('destination', subject, 'is on; no tag that is there would move')
      : unknown('destination', subject, 'is on; whether a tag that is there would move is not known');
  }
  return missing(
    'destination',
    subject,
    'TAG_IMMUTABLE',
    `is on, and ${moved.reference} stands at another digest`,
    mutableTagsCommand(place),
  );
}

/** In Artifact Registry the missing permission is a finding of its own; elsewhere a refusal is all that there is. */
function notRead(side: Side, reference: Reference, standing: Extract<Standing, { kind: 'unknown' }>): Finding {
  const subject = reference.toString();
  if (standing.refused && artifactRegistryPlace(reference) === undefined) {
    return missing(side, subject, 'DENIED', standing.reason);
  }
  const hint = hintFor(standing.reason);
  const isPermission = standing.refused && hint === undefined;
  return unknown(side, subject, isPermission ? 'may not be read by who asks' : standing.reason, hint);
}
