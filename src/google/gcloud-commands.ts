import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import type { RepositoryRole } from './permissions.ts';

/** Makes a standard repository. */
export function createCommand({ project, location, repository }: ArtifactRegistryPlace): string {
  return `gcloud artifacts repositories create ${repository} --project=${project} --location=${location} --repository-format=docker`;
}

/** Lets the tags of a repository move. */
export function mutableTagsCommand({ project, location, repository }: ArtifactRegistryPlace): string {
  return `gcloud artifacts repositories update ${repository} --project=${project} --location=${location} --no-immutable-tags`;
}

/** Grants a role on one repository. @param member `user:…`, `serviceAccount:…`, or a shell's `"$MEMBER"` */
export function grantCommand(
  { project, location, repository }: ArtifactRegistryPlace,
  member: string,
  role: RepositoryRole,
): string {
  return `gcloud artifacts repositories add-iam-policy-binding ${repository} --project=${project} --location=${location} --member=${member} --role=${role}`;
}
