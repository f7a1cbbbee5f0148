import { Fault } from '../fault.ts';
import { artifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { parseReference } from '../oci/reference.ts';

const roles = {
  read: 'roles/artifactregistry.reader',
  list: 'roles/artifactregistry.reader',
  write: 'roles/artifactregistry.writer',
} as const;

/**
 * Turns what a registry of Google's refused into the command that mends it.
 * @param member who asked: an e-mail address, or words where it is not known
 * @returns the same fault with a hint, or as it was where there is nothing to add
 */
export function advise(fault: Fault, member: string): Fault {
  const { about } = fault;
  if (about === undefined || fault.hint !== undefined) return fault;
  const place = artifactRegistryPlace(parseReference(about.reference));
  if (place === undefined) return fault;
  if (about.status !== 401 && about.status !== 403) return fault;
  const role = roles[about.action];
  const hint = [
    `grant ${role} on the ${about.side ?? ''} repository to who runs this (${member}); it may also not exist, or be in another location:`.replace(
      'the  ',
      'the ',
    ),
    `gcloud artifacts repositories add-iam-policy-binding ${place.repository} --project=${place.project} --location=${place.location} --member=${iamMember(member)} --role=${role}`,
  ].join('\n');
  return new Fault(fault.code, fault.message, { cause: fault.cause, about, hint });
}

/** `serviceAccount:…` or `user:…`, or a word to replace where the address is not known. */
function iamMember(member: string): string {
  const address = /[\w.+-]+@[\w.-]+/.exec(member)?.[0];
  if (address === undefined) return 'MEMBER';
  return address.endsWith('.gserviceaccount.com') ? `serviceAccount:${address}` : `user:${address}`;
}
