import { Fault } from '../fault.ts';
import { artifactRegistryPlace, artifactRegistryReference } from '../oci/artifact-registry-name.ts';
import { parseReference, parseTag, Reference } from '../oci/reference.ts';
import { type Pin, refuseContradictions } from './contradictions.ts';
import { type ImageName, isBare, readImageName } from './image-name.ts';
import { sourceLocation } from './locations.ts';
import { missingFault } from './missing.ts';
import type { Environment, OptionValues } from './values.ts';

/**
 * What is promoted: one whole reference, or images × tags of one repository.
 * @returns references that have a tag, a digest or both; at least one
 * @throws Fault USAGE that names what is missing, malformed or contradicts another value
 */
export function readSources(values: OptionValues, env: Environment): readonly Reference[] {
  const whole = values.text('source');
  return whole === undefined ? fromParts(values, env) : [fromWhole(whole, values)];
}

function fromParts(values: OptionValues, env: Environment): readonly Reference[] {
  const names = imageNames(values);
  const tags = tagsOf(values);
  const project = values.text('source-project') ?? projectOfBuild(env);
  const location = sourceLocation(values, env);
  const repository = values.text('source-repo');
  const lacksTag = tags.length === 0 && (names.length === 0 || names.some(isBare));
  if (project === undefined || location === undefined || repository === undefined || names.length === 0 || lacksTag) {
    throw missingFault(values, [
      { option: 'source-project', subject: 'the source project', value: project },
      { option: 'location', subject: 'the location', value: location },
      { option: 'source-repo', subject: 'the source repository', value: repository },
      { option: 'image', subject: 'the image', value: names[0] },
      { option: 'tag', subject: 'the tag', value: lacksTag ? undefined : names },
    ]);
  }
  if (tags.length > 0 && !names.some(isBare)) {
    throw new Fault('USAGE', `${values.where('tag')} is given, but every image carries its own tag or digest`);
  }
  return names.flatMap((name) => {
    const untagged = artifactRegistryReference({ project, location, repository, image: name.image });
    return isBare(name) ? tags.map((tag) => untagged.withTag(tag)) : [pinned(untagged, name)];
  });
}

function pinned(untagged: Reference, name: ImageName): Reference {
  return new Reference(untagged.host, untagged.path, name.tag, name.digest);
}

function fromWhole(text: string, values: OptionValues): Reference {
  const named = parseReference(text);
  const tags = tagsOf(values);
  const reference = isUnversioned(named) && tags[0] !== undefined ? named.withTag(tags[0]) : named;
  refuseContradictions(values, 'source', pins(reference, tags, values));
  if (!isUnversioned(reference)) return reference;
  throw new Fault('USAGE', `${values.where('source')} has neither a tag nor a digest: ${reference.name}`, {
    hint: 'write :TAG or @sha256:… behind it, or give --tag or the substitution _TAG',
  });
}

function pins(reference: Reference, tags: readonly string[], values: OptionValues): Pin[] {
  const place = artifactRegistryPlace(reference);
  const images = imageNames(values).flatMap(({ image, tag, digest }): Pin[] => [
    { option: 'image', given: image, inReference: place?.image },
    { option: 'image', given: tag, inReference: reference.tag },
    { option: 'image', given: digest, inReference: reference.digest },
  ]);
  return [
    { option: 'source-project', given: values.text('source-project'), inReference: place?.project },
    { option: 'source-location', given: values.text('source-location'), inReference: place?.location },
    { option: 'source-repo', given: values.text('source-repo'), inReference: place?.repository },
    ...images,
    ...tags.map((tag): Pin => ({ option: 'tag', given: tag, inReference: reference.tag })),
  ];
}

function isUnversioned(reference: Reference): boolean {
  return reference.tag === undefined && reference.digest === undefined;
}

function imageNames(values: OptionValues): readonly ImageName[] {
  return values.list('image').map((text) => readImageName(text, values.where('image')));
}

function tagsOf(values: OptionValues): readonly string[] {
  return values.list('tag').map((text) => parseTag(text, values.where('tag')));
}

/** `PROJECT_ID`, as the build has it */
export function projectOfBuild(env: Environment): string | undefined {
  const project = env.PROJECT_ID;
  return project === undefined || project.trim() === '' ? undefined : project;
}
