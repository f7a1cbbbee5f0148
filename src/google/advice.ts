import { type Circumstance, Fault } from '../fault.ts';
import { type ArtifactRegistryPlace, artifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { createCommand, grantCommand, mutableTagsCommand } from './gcloud-commands.ts';
import type { Principal } from './identity.ts';
import { hintFor } from './known-refusals.ts';
import type { LookAround } from './look-around.ts';
import {
  type Permission,
  readPermission,
  repositoryName,
  roleOf,
  unknownMember,
  uploadPermission,
} from './permissions.ts';
import { type Remedy, whereItIs } from './whereabouts.ts';

const nobody: Principal = { name: 'whoever runs this', member: undefined };

/** What advice is made from, besides what a registry said. */
export interface Counsel {
  /** undefined where it is not known who asked */
  readonly principal: () => Promise<Principal | undefined>;
  readonly around: LookAround;
}

/**
 * Turns what a registry of Google's refused into what is wrong and the command that mends it.
 * @returns the same fault with a hint, or as it was where there is nothing to add; never another fault
 */
export async function advise(fault: Fault, counsel: Counsel): Promise<Fault> {
  const { about } = fault;
  if (about === undefined) return fault;
  const reference = parseReference(about.reference);
  const place = artifactRegistryPlace(reference);
  if (place === undefined) return fault;
  const lines = await linesFor({ fault, about, reference, place }, counsel);
  if (lines === undefined) return fault;
  const hint = [lines, ...(fault.hint === undefined ? [] : [fault.hint])].join('\n');
  return new Fault(fault.code, fault.message, { cause: fault.cause, about, hint });
}

interface Trouble {
  readonly fault: Fault;
  readonly about: Circumstance;
  readonly reference: Reference;
  readonly place: ArtifactRegistryPlace;
}

async function linesFor(trouble: Trouble, counsel: Counsel): Promise<string | undefined> {
  const { fault, about, reference, place } = trouble;
  const known = hintFor(about.text);
  if (known !== undefined) return `${known}\nasked by ${(await whoAsked(counsel)).name}`;
  switch (fault.code) {
    case 'READ_ONLY':
      return readOnly(place, await counsel.around.mode(place));
    case 'TAG_IMMUTABLE':
      return immutable(place);
    case 'UNAUTHENTICATED':
      return notAccepted(await whoAsked(counsel), about, place);
    case 'DENIED':
      return (await counsel.around.repository(place)) === 'absent'
        ? linesOf(await whereItIs(about, reference, place, counsel.around))
        : notPermitted(await whoAsked(counsel), about, place);
    case 'NOT_FOUND': {
      const lines = linesOf(await whereItIs(about, reference, place, counsel.around));
      return lines && `${lines}\nasked by ${(await whoAsked(counsel)).name}`;
    }
    default:
      return undefined;
  }
}

function linesOf(remedy: Remedy | undefined): string | undefined {
  return remedy && [remedy.detail, ...(remedy.fix === undefined ? [] : [remedy.fix])].join('\n');
}

async function whoAsked({ principal }: Counsel): Promise<Principal> {
  return (await principal()) ?? nobody;
}

function notPermitted(who: Principal, about: Circumstance, place: ArtifactRegistryPlace): string {
  const permission = permissionIn(about);
  const role = roleOf[permission];
  return [
    `${who.name} lacks ${permission} on ${repositoryWords(about, place)}, or that does not exist; grant ${role} there:`,
    grantCommand(place, who.member ?? unknownMember, role),
    'everything that is missing, at once: promote check with the same options',
  ].join('\n');
}

function notAccepted(who: Principal, about: Circumstance, place: ArtifactRegistryPlace): string {
  const permission = permissionIn(about);
  return [
    `the token of ${who.name} was not accepted for ${permission} on ${repositoryWords(about, place)}; a person can log in anew with:`,
    'gcloud auth application-default login',
    'an account that was just made or granted something may need some minutes; the grant would be:',
    grantCommand(place, who.member ?? unknownMember, roleOf[permission]),
  ].join('\n');
}

function repositoryWords({ side }: Circumstance, place: ArtifactRegistryPlace): string {
  return `the ${side === undefined ? '' : `${side} `}repository ${repositoryName(place)}`;
}

/** The one that the refusal names, else what the action takes. */
function permissionIn({ text, action }: Circumstance): Permission {
  const named = /\b(artifactregistry\.[a-zA-Z]+\.[a-zA-Z]+)\b/.exec(text)?.[1];
  if (named !== undefined && isPermission(named)) return named;
  return action === 'write' ? uploadPermission : readPermission;
}

function isPermission(text: string): text is Permission {
  return Object.hasOwn(roleOf, text);
}

function readOnly(place: ArtifactRegistryPlace, mode: string | undefined): string {
  return [
    `${repositoryName(place)} is ${mode === undefined ? 'a remote or virtual' : `a ${mode}`} repository, and only a standard one can be written to; name one of those, or make it:`,
    createCommand({ ...place, repository: 'NAME' }),
  ].join('\n');
}

function immutable(place: ArtifactRegistryPlace): string {
  return [
    'tags of that repository are immutable, and this one stands at another digest: promote to a tag of its own (--dest-tag), or, where it has to move, lift that for the repository:',
    mutableTagsCommand(place),
  ].join('\n');
}
