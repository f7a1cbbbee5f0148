const names: ReadonlyMap<string, string> = new Map([
  ['application/vnd.oci.image.index.v1+json', 'OCI index'],
  ['application/vnd.oci.image.manifest.v1+json', 'OCI image'],
  ['application/vnd.oci.artifact.manifest.v1+json', 'OCI artifact'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'Docker manifest list'],
  ['application/vnd.docker.distribution.manifest.v2+json', 'Docker image'],
]);

/** What a kind of manifest is called; a media type that is not known speaks for itself. */
export function mediaTypeText(mediaType: string): string {
  return names.get(mediaType) ?? mediaType;
}
