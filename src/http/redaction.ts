const registryPath = /^\/v2\/(?:.*\/)?(?:manifests|blobs|tags|referrers)\/[^/]+$|^\/v2\/(?:_catalog)?$/;

/**
 * A URL as it may be shown. Upload and download URLs carry secrets in path or query (Artifact
 * Registry puts the upload's secret into the path), so only what is known to be harmless is kept:
 * the origin, and the path where it is one of the distribution-spec's plain end points.
 */
export function shownUrl(url: URL): string {
  const { pathname } = url;
  if (/\/blobs\/uploads\//.test(pathname)) {
    return `${url.origin}${pathname.slice(0, pathname.indexOf('/blobs/uploads/'))}/blobs/uploads/…`;
  }
  return registryPath.test(pathname) ? `${url.origin}${pathname}` : `${url.origin}/…`;
}
