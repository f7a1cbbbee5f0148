import type { Side } from '../fault.ts';
import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { printable } from '../text.ts';
import type { LookUp, RepositoryFacts } from './artifact-registry.ts';
import { type Finding, missing, ok, unknown } from './finding.ts';
import { createCommand, grantCommand } from './gcloud-commands.ts';
import { hintFor } from './known-refusals.ts';
import type { LookAround } from './look-around.ts';
import { type Permission, type RepositoryRole, repositoryName, roleOf } from './permissions.ts';
import { missingRepository } from './whereabouts.ts';

const lookPermission = 'artifactregistry.repositories.get';

/** Does the repository exist, and can it hold what goes there? */
export async function repositoryFinding(
  side: Side,
  place: ArtifactRegistryPlace,
  facts: LookUp<RepositoryFacts>,
  around: LookAround,
): Promise<Finding> {
  const subject = repositoryName(place);
  if (facts.kind === 'unknown') {
    const isPermission = facts.reason.includes(lookPermission);
    const detail = isPermission ? `may not be looked at by who asks (${lookPermission})` : printable(facts.reason);
    return unknown(side, subject, detail, hintFor(facts.reason));
  }
  if (facts.kind === 'absent') {
    const { detail, fix } = await missingRepository(side, place, around);
    return missing(side, subject, 'NOT_FOUND', detail, fix);
  }
  const { format, mode } = facts.value;
  const what = `a ${mode} repository of the format ${format}`;
  if (format !== 'DOCKER') return missing(side, subject, 'NOT_FOUND', `is ${what}, not one of container images`);
  if (side === 'destination' && mode !== 'standard') {
    const fix = createCommand({ ...place, repository: 'NAME' });
    return missing(side, subject, 'READ_ONLY', `is ${what}, which cannot be written to`, fix);
  }
  return ok(side, subject, `is ${what}, in ${place.location}`);
}

/** A permission, and what `testIamPermissions` said when it was asked for that one. */
export interface Tested {
  readonly permission: Permission;
  readonly granted: LookUp<ReadonlySet<string>>;
}

/** One finding a permission. */
export function permissionFindings(
  side: Side,
  place: ArtifactRegistryPlace,
  tested: readonly Tested[],
  member: string,
): Finding[] {
  const where = `on ${repositoryName(place)}`;
  const lacking = tested.filter(
    ({ permission, granted }) => !isHeld(permission, granted) && granted.kind !== 'unknown',
  );
  const grant = grantCommand(place, member, leastRole(lacking.map(({ permission }) => permission)));
  return tested.map(({ permission, granted }) => {
    if (granted.kind === 'unknown') return unknown(side, permission, `${where}: ${printable(granted.reason)}`);
    if (granted.kind === 'absent') {
      return unknown(side, permission, `${where}: there is no such repository yet`, grant);
    }
    return isHeld(permission, granted)
      ? ok(side, permission, where)
      : missing(side, permission, 'DENIED', where, grant);
  });
}

function isHeld(permission: Permission, granted: LookUp<ReadonlySet<string>>): boolean {
  return granted.kind === 'found' && granted.value.has(permission);
}

/** One that holds them all: who may write may read. */
function leastRole(permissions: readonly Permission[]): RepositoryRole {
  const roles = permissions.map((permission) => roleOf[permission]);
  return roles.find((role) => role === 'roles/artifactregistry.writer') ?? 'roles/artifactregistry.reader';
}

/** Of a registry that is not Google's. */
export function foreignFinding(side: Side, host: string): Finding {
  return unknown(side, host, 'is not Artifact Registry: what may be done there shows only when it is done');
}
