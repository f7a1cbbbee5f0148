import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';

/** What Artifact Registry asks for (its IAM permissions), and the least predefined role that holds it. */
export const roleOf = {
  'artifactregistry.repositories.downloadArtifacts': 'roles/artifactregistry.reader',
  'artifactregistry.repositories.uploadArtifacts': 'roles/artifactregistry.writer',
  'artifactregistry.tags.create': 'roles/artifactregistry.writer',
  'artifactregistry.tags.update': 'roles/artifactregistry.writer',
} as const;

export type Permission = keyof typeof roleOf;
export type RepositoryRole = (typeof roleOf)[Permission];

export const readPermission = 'artifactregistry.repositories.downloadArtifacts' satisfies Permission;
export const uploadPermission = 'artifactregistry.repositories.uploadArtifacts' satisfies Permission;

/** Where a member's name is not known, this stands in a command for whoever types it to replace. */
export const unknownMember = 'MEMBER';

/** The resource name, as the REST API and refusals have it. */
export function repositoryName({ project, location, repository }: ArtifactRegistryPlace): string {
  return `projects/${project}/locations/${location}/repositories/${repository}`;
}
