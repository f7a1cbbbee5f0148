import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { type RepositoryRole, repositoryName } from './permissions.ts';

/** For whom grants are printed, and where. */
export interface GrantRequest {
  /** undefined where the source is not in Artifact Registry */
  readonly source: ArtifactRegistryPlace | undefined;
  readonly destination: ArtifactRegistryPlace;
  /** the project that builds */
  readonly buildProject: string;
  readonly holder:
    | { readonly kind: 'member'; readonly member: string }
    | { readonly kind: 'cloud build'; readonly projectNumber: string };
  /** the member is a service account that shall be made */
  readonly create: boolean;
}

/** Who gets the grants. */
export interface Holder {
  readonly member: string;
  /** the one that older projects build as instead */
  readonly legacy: string | undefined;
  /** undefined where it is no service account: builds run as none but these */
  readonly account: Account | undefined;
}

/** A service account: it may run builds, and people can be allowed to use it. */
export interface Account {
  readonly email: string;
  readonly project: string;
}

/** A role on one of the two repositories. */
export interface RepositoryGrant {
  readonly purpose: 'reads the source' | 'writes the destination';
  readonly place: ArtifactRegistryPlace;
  readonly role: RepositoryRole;
}

export const logRole = 'roles/logging.logWriter';
export const useRole = 'roles/iam.serviceAccountUser';
export const pullRole = 'roles/artifactregistry.reader';

/** The least that a promotion needs; writing holds reading, so that one repository for both needs one grant. */
export function repositoryGrants({ source, destination }: GrantRequest): readonly RepositoryGrant[] {
  const write: RepositoryGrant = {
    purpose: 'writes the destination',
    place: destination,
    role: 'roles/artifactregistry.writer',
  };
  if (source === undefined || repositoryName(source) === repositoryName(destination)) return [write];
  return [{ purpose: 'reads the source', place: source, role: 'roles/artifactregistry.reader' }, write];
}

/** Cloud Build's default accounts go by the project's number; which of the two applies only the project knows. */
export function holderOf({ holder, buildProject }: GrantRequest): Holder {
  if (holder.kind === 'cloud build') {
    const email = `${holder.projectNumber}-compute@developer.gserviceaccount.com`;
    return {
      member: `serviceAccount:${email}`,
      legacy: `serviceAccount:${holder.projectNumber}@cloudbuild.gserviceaccount.com`,
      account: { email, project: buildProject },
    };
  }
  const { member } = holder;
  const [kind, email = ''] = member.split(/:(.*)/s);
  const project = /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1];
  const account = kind === 'serviceAccount' ? { email, project: project ?? buildProject } : undefined;
  return { member, legacy: undefined, account };
}

export const legacyNote = [
  'New projects have built as this account, the Compute Engine default one, since mid-2024. Projects that built before,',
  'or whose organization policy cloudbuild.useBuildServiceAccount says so, build as the legacy one. Which it is says:',
];
