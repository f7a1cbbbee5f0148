/** The Artifact Registry REST API's own host: beside the registries the only one of Google's that gets a registry token. */
export const apiHost = 'artifactregistry.googleapis.com';
