import { Fault } from '../fault.ts';
import {
  type ArtifactRegistryPlace,
  artifactRegistryPlace,
  artifactRegistryReference,
} from '../oci/artifact-registry-name.ts';
import { parseReference } from '../oci/reference.ts';
import { quoted } from '../text.ts';
import type { IamCommand } from './command.ts';
import { destinationPins, refuseContradictions, sourcePins } from './contradictions.ts';
import { destinationLocation, sourceLocation } from './locations.ts';
import { checkMember, checkNewAccount } from './member.ts';
import { missingFault } from './missing.ts';
import { flagOf } from './options.ts';
import { projectOfBuild } from './sources.ts';
import type { Environment, OptionValues } from './values.ts';

const formsOfOthers = ['text', 'json', 'markdown'];

/**
 * For whom, and on which two repositories. An image or a tag is not needed, and not looked at.
 * @throws Fault USAGE
 */
export function readIam(values: OptionValues, env: Environment): IamCommand {
  const source = readSource(values, env);
  const destination = readDestination(values, source, env);
  const buildProject = checked({
    ...destination,
    project: projectOfBuild(env) ?? (source ?? destination).project,
  }).project;
  return {
    name: 'iam',
    source,
    destination,
    buildProject,
    ...readHolder(values, buildProject),
    ...readFormat(values),
    output: values.text('output'),
  };
}

/** @returns undefined where the source is not in Artifact Registry: nothing is granted there */
function readSource(values: OptionValues, env: Environment): ArtifactRegistryPlace | undefined {
  const whole = values.text('source');
  if (whole !== undefined) {
    const reference = parseReference(whole);
    refuseContradictions(values, values.where('source'), sourcePins(reference, values));
    return artifactRegistryPlace(reference);
  }
  const project = values.text('source-project') ?? projectOfBuild(env);
  const repository = values.text('source-repo');
  const location = sourceLocation(values, env);
  if (project === undefined || location === undefined || repository === undefined) {
    throw missingFault(values, [
      { option: 'source-project', subject: 'the source project', value: project },
      { option: 'location', subject: 'the location', value: location },
      { option: 'source-repo', subject: 'the source repository', value: repository },
    ]);
  }
  return checked({ project, location, repository, image: '' });
}

function readDestination(
  values: OptionValues,
  source: ArtifactRegistryPlace | undefined,
  env: Environment,
): ArtifactRegistryPlace {
  const [whole, ...more] = values.list('dest');
  if (more.length > 0) throw new Fault('USAGE', `${values.where('dest')} names several destinations; iam takes one`);
  if (whole !== undefined) {
    const reference = parseReference(whole);
    refuseContradictions(values, values.where('dest'), destinationPins(reference, values));
    const place = artifactRegistryPlace(reference);
    if (place !== undefined) return place;
    throw new Fault('USAGE', `${values.where('dest')} is not in Artifact Registry: ${quoted(whole)}`);
  }
  const project = values.text('dest-project') ?? source?.project;
  const location = destinationLocation(values, source?.location, env);
  const repository = values.text('dest-repo') ?? source?.repository;
  if (project === undefined || location === undefined || repository === undefined) {
    throw missingFault(values, [
      { option: 'dest-project', subject: 'the destination project', value: project },
      { option: 'dest-location', subject: 'the destination location', value: location },
      { option: 'dest-repo', subject: 'the destination repository', value: repository },
    ]);
  }
  return checked({ project, location, repository, image: '' });
}

/** Reads the parts as a reference does, so that nothing else gets into a command that is to be typed. */
function checked(place: ArtifactRegistryPlace): ArtifactRegistryPlace {
  return artifactRegistryPlace(artifactRegistryReference(place)) ?? place;
}

function readHolder(values: OptionValues, buildProject: string): Pick<IamCommand, 'holder' | 'create'> {
  const member = values.text('member');
  const number = values.text('cloud-build');
  const create = values.on('create-service-account');
  if (number !== undefined && (member !== undefined || create)) {
    const other = member === undefined ? 'create-service-account' : 'member';
    throw new Fault('USAGE', `${values.where('cloud-build')} and ${values.where(other)} exclude each other`);
  }
  if (number !== undefined) {
    if (!/^[0-9]{1,20}$/.test(number)) {
      throw new Fault('USAGE', `${values.where('cloud-build')}: ${quoted(number)} is not a project number`, {
        hint: "gcloud projects describe PROJECT --format='value(projectNumber)'",
      });
    }
    return { holder: { kind: 'cloud build', projectNumber: number }, create };
  }
  const named = member ?? (create ? `serviceAccount:promoter@${buildProject}.iam.gserviceaccount.com` : undefined);
  if (named === undefined) {
    throw new Fault('USAGE', 'it is not said for whom: give --member, --cloud-build or --create-service-account', {
      hint: 'promote iam --help shows examples',
    });
  }
  const check = create ? checkNewAccount : checkMember;
  return { holder: { kind: 'member', member: check(named, values.where('member')) }, create };
}

/** A build that sets `_FORMAT` for its other steps sets it for this one too. */
function readFormat(values: OptionValues): Pick<IamCommand, 'format' | 'warnings'> {
  const text = values.text('format') ?? 'gcloud';
  if (text === 'gcloud' || text === 'terraform') return { format: text, warnings: values.warnings };
  const where = values.where('format');
  if (where === flagOf('format') || !formsOfOthers.includes(text)) {
    throw new Fault('USAGE', `${where}: ${quoted(text)} is not gcloud or terraform`);
  }
  const warning = `${where} is ${text}, a form of the other commands: iam prints for gcloud, or with --format terraform`;
  return { format: 'gcloud', warnings: [...values.warnings, warning] };
}
