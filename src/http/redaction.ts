const registryPath = /^\/v2\/(?:.*\/)?(?:manifests|blobs|tags|referrers)\/[^/]+$|^\/v2\/(?:_catalog)?$/;

/** characters; a redirect's path can be as long as a header */
const longest = 500;

/**
 * A URL as it may be shown. Upload and download URLs carry secrets in path or query (Artifact
 * Registry puts the upload's secret into the path), so only what is known to be harmless is kept:
 * the origin, and the path where it is one of the distribution-spec's plain end points.
 */
export function shownUrl(url: URL): string {
  const shown = withoutSecrets(url);
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}

function withoutSecrets({ origin, pathname }: URL): string {
  if (/\/blobs\/uploads\//.test(pathname)) {
    return `${origin}${pathname.slice(0, pathname.indexOf('/blobs/uploads/'))}/blobs/uploads/…`;
  }
  return registryPath.test(pathname) ? `${origin}${pathname}` : `${origin}/…`;
}
