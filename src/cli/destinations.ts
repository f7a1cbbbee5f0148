import { Fault } from '../fault.ts';
import { artifactRegistryPlace, artifactRegistryReference } from '../oci/artifact-registry-name.ts';
import { parseReference, parseTag, type Reference } from '../oci/reference.ts';
import { destinationPins, refuseContradictions } from './contradictions.ts';
import { destinationLocation } from './locations.ts';
import { missingFault } from './missing.ts';
import type { Scope } from './scope.ts';
import type { NamedSource } from './sources.ts';
import type { Environment, OptionValues } from './values.ts';

/**
 * Where one source goes: every part that was not given is the source's.
 * @returns references that have a tag and no digest; at least one
 * @throws Fault USAGE that names what is missing, malformed or contradicts another value
 */
export function readDestinations(source: NamedSource, values: OptionValues, env: Environment): readonly Reference[] {
  return readPlaces(source, 'named tags', values, env).flatMap((place) =>
    tagsOf(source.reference, place, values).map((tag) => place.withTag(tag)),
  );
}

/**
 * The same for what goes under the tags that it has.
 * @returns references without a tag
 */
export function readDestinationRepositories(
  source: NamedSource,
  scope: Scope,
  values: OptionValues,
  env: Environment,
): readonly Reference[] {
  const places = readPlaces(source, scope, values, env);
  const tagged = places.find(({ tag }) => tag !== undefined);
  if (tagged === undefined) return places;
  throw new Fault('USAGE', `the destination ${tagged} has a tag, but what is selected keeps the tags that it has`, {
    hint: `write ${tagged.name}`,
  });
}

/** With a tag where it was named with one. */
function readPlaces(
  { reference, destination, line }: NamedSource,
  scope: Scope,
  values: OptionValues,
  env: Environment,
): readonly Reference[] {
  const given = values.list('dest');
  if (destination !== undefined) {
    if (given.length === 0) return [fromWhole(destination, line ?? 'the destination', values)];
    throw new Fault('USAGE', `${values.where('dest')} is given, and the line names a destination too`);
  }
  if (given.length > 0) return given.map((text) => fromWhole(text, values.where('dest'), values));
  return [fromParts(reference, scope, values, env)];
}

function fromParts(source: Reference, scope: Scope, values: OptionValues, env: Environment): Reference {
  const place = artifactRegistryPlace(source);
  const project = values.text('dest-project') ?? place?.project;
  const location = destinationLocation(values, place?.location, env);
  const repository = values.text('dest-repo') ?? place?.repository;
  const image = values.text('dest-image') ?? place?.image ?? (scope === 'recursive' ? '' : undefined);
  if (project === undefined || location === undefined || repository === undefined || image === undefined) {
    throw missingFault(values, [
      { option: 'dest-project', subject: 'the destination project', value: project },
      { option: 'dest-location', subject: 'the destination location', value: location },
      { option: 'dest-repo', subject: 'the destination repository', value: repository },
      { option: 'dest-image', subject: 'the destination image', value: image },
    ]);
  }
  return artifactRegistryReference({ project, location, repository, image });
}

/** @param where the flag, the substitution or the line that the text stood in */
function fromWhole(text: string, where: string, values: OptionValues): Reference {
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new Fault('USAGE', `${where} has a digest: ${reference}`, {
      hint: 'a destination is HOST/PATH:TAG; its digest is the source’s',
    });
  }
  refuseContradictions(values, where, destinationPins(reference, values));
  return reference;
}

function tagsOf(source: Reference, destination: Reference, values: OptionValues): readonly string[] {
  const given = values.list('dest-tag').map((text) => parseTag(text, values.where('dest-tag')));
  if (destination.tag !== undefined) {
    refuseContradictions(
      values,
      values.where('dest'),
      given.map((tag) => ({ option: 'dest-tag', given: tag, inReference: destination.tag })),
    );
    return [destination.tag];
  }
  if (given.length > 0) return given;
  if (source.tag !== undefined) return [source.tag];
  throw new Fault('USAGE', `the destination of ${source} has no tag: the source is named by its digest alone`, {
    hint: 'give --dest-tag or the substitution _DEST_TAG',
  });
}
