import { Fault } from '../fault.ts';
import {
  type ArtifactRegistryPlace,
  artifactRegistryPlace,
  artifactRegistryReference,
} from '../oci/artifact-registry-name.ts';
import { namesHost, parseReference, parseTag, Reference } from '../oci/reference.ts';
import { type Pin, refuseContradictions, sourcePins } from './contradictions.ts';
import { type ImageName, isBare, readImageName } from './image-name.ts';
import { type ImageLine, inLine } from './images-file.ts';
import { sourceLocation } from './locations.ts';
import { missingFault } from './missing.ts';
import type { Scope } from './scope.ts';
import type { Environment, OptionValues } from './values.ts';

/** One source as it was named. */
export interface NamedSource {
  /** with a tag, a digest, both or neither */
  readonly reference: Reference;
  /** what stood beside it in a file */
  readonly destination: string | undefined;
  /** where in a file it stood, for messages */
  readonly line: string | undefined;
}

/** Below which repository the names of images are. */
type Home = Omit<ArtifactRegistryPlace, 'image'>;

/** A name before it is known below which repository it is. */
interface Entry extends Omit<NamedSource, 'reference'> {
  readonly name: Reference | ImageName;
}

/** A whole repository. */
const nothingNamed: Entry = {
  name: { image: '', tag: undefined, digest: undefined },
  destination: undefined,
  line: undefined,
};

/**
 * What is promoted: one whole reference, or images of one repository and the lines of a file.
 * @returns at least one
 * @throws Fault USAGE that names what is missing, malformed or contradicts another value
 */
export function readSources(
  lines: readonly ImageLine[],
  scope: Scope,
  values: OptionValues,
  env: Environment,
): readonly NamedSource[] {
  const whole = values.text('source');
  if (whole === undefined) return fromNames(lines, scope, values, env);
  if (lines.length === 0) return [fromWhole(whole, values)];
  throw new Fault('USAGE', `${values.where('source')} and ${values.where('images-file')} exclude each other`);
}

/** The tags of `--tag`. */
export function readTags(values: OptionValues): readonly string[] {
  return values.list('tag').map((text) => parseTag(text, values.where('tag')));
}

function fromNames(
  lines: readonly ImageLine[],
  scope: Scope,
  values: OptionValues,
  env: Environment,
): readonly NamedSource[] {
  const images = imageNames(values).map((name): Entry => ({ name, destination: undefined, line: undefined }));
  const named = [...images, ...lines.map((line) => readEntry(line, values))];
  const entries = named.length === 0 && scope === 'recursive' ? [nothingNamed] : named;
  const needsHome = entries.length === 0 || entries.some(({ name }) => !(name instanceof Reference));
  const home = needsHome ? readHome(entries, scope, values, env) : undefined;
  if (values.has('tag') && !entries.some(({ name }) => isBare(name))) {
    throw new Fault('USAGE', `${values.where('tag')} is given, but every image carries its own tag or digest`);
  }
  return entries.map(({ name, destination, line }) => ({
    reference: inLine(line, () => referenceOf(name, home)),
    destination,
    line,
  }));
}

function readEntry({ where, source, destination }: ImageLine, values: OptionValues): Entry {
  return inLine(where, () => {
    if (!namesHost(source)) return { name: readImageName(source, where), destination, line: where };
    const name = parseReference(source);
    refuseContradictions(values, where, sourcePins(name, values));
    return { name, destination, line: where };
  });
}

function readHome(entries: readonly Entry[], scope: Scope, values: OptionValues, env: Environment): Home {
  const project = values.text('source-project') ?? projectOfBuild(env);
  const location = sourceLocation(values, env);
  const repository = values.text('source-repo');
  const needsTags = scope === 'named tags' && !values.has('tag');
  // A line that lacks its tag is told of by its number.
  const lacksTag =
    needsTags && (entries.length === 0 || entries.some(({ name, line }) => line === undefined && isBare(name)));
  if (project === undefined || location === undefined || repository === undefined || entries.length === 0 || lacksTag) {
    throw missingFault(values, [
      { option: 'source-project', subject: 'the source project', value: project },
      { option: 'location', subject: 'the location', value: location },
      { option: 'source-repo', subject: 'the source repository', value: repository },
      { option: 'image', subject: 'the image', value: entries[0] },
      { option: 'tag', subject: 'the tag', value: lacksTag ? undefined : entries },
    ]);
  }
  return { project, location, repository };
}

/** @param home undefined where every name is a whole reference */
function referenceOf(name: Reference | ImageName, home: Home | undefined): Reference {
  if (name instanceof Reference) return name;
  if (home === undefined) throw new Fault('UNEXPECTED', `the repository of ${name.image} was not read`);
  const { host, path } = artifactRegistryReference({ ...home, image: name.image });
  return new Reference(host, path, name.tag, name.digest);
}

function fromWhole(text: string, values: OptionValues): NamedSource {
  const named = parseReference(text);
  const tags = readTags(values);
  const [tag, ...more] = tags;
  // Several tags are several images: whoever reads the sources makes them.
  const reference = isBare(named) && tag !== undefined && more.length === 0 ? named.withTag(tag) : named;
  refuseContradictions(values, values.where('source'), [
    ...sourcePins(reference, values),
    ...imagePins(reference, values),
    ...(isBare(named) ? [] : tags.map((given): Pin => ({ option: 'tag', given, inReference: reference.tag }))),
  ]);
  return { reference, destination: undefined, line: undefined };
}

function imagePins(reference: Reference, values: OptionValues): Pin[] {
  const place = artifactRegistryPlace(reference);
  return imageNames(values).flatMap(({ image, tag, digest }): Pin[] => [
    { option: 'image', given: image, inReference: place?.image },
    { option: 'image', given: tag, inReference: reference.tag },
    { option: 'image', given: digest, inReference: reference.digest },
  ]);
}

function imageNames(values: OptionValues): readonly ImageName[] {
  return values.list('image').map((text) => readImageName(text, values.where('image')));
}

/** `PROJECT_ID`, as the build has it */
export function projectOfBuild(env: Environment): string | undefined {
  const project = env.PROJECT_ID;
  return project === undefined || project.trim() === '' ? undefined : project;
}
