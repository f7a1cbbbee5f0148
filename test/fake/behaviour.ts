/** How a fake registry answers where registries differ. Tests may change any field at any time. */
export interface Behaviour {
  /**
   * The answer to a mount. 201 mounts when the client may read the other repository and the blob is there, and offers
   * a session otherwise; any other status is given always.
   */
  mount: 201 | 202 | 401 | 403 | 404 | 405 | 500;
  /** the answer to a manifest whose children are not there */
  missingChildren: 'refused' | 'accepted';
  /** how many PATCHes one upload takes */
  patches: number;
  /** a PUT that closes an upload without Content-Length */
  chunkedPut: 'refused' | 'accepted';
  emptyBlob: 'refused' | 'accepted';
  /** the answer to a blob's GET: its bytes, or a redirect on the same host that needs no token */
  downloads: 'direct' | 'redirected';
  locations: 'relative' | 'absolute';
  /** where uploads live: at Google's own path, or below the repository with a `_state` that must come back */
  uploadPath: 'artifacts-uploads' | 'v2';
  /** length of an upload's Location, in characters, at least */
  locationLength: number;
  ranges: 'honoured' | 'ignored';
  referrers: 'served' | 'absent';
  /** `child` and `manifest` in a list of tags */
  tagDetails: 'google' | 'none';
  /** tags on a page, however many the client asks for */
  tagPageSize: number;
}

/** Artifact Registry's, as far as it is known. */
export function googleBehaviour(): Behaviour {
  return {
    mount: 201,
    missingChildren: 'refused',
    patches: 1,
    chunkedPut: 'refused',
    emptyBlob: 'refused',
    downloads: 'redirected',
    locations: 'relative',
    uploadPath: 'artifacts-uploads',
    locationLength: 18_000,
    ranges: 'honoured',
    referrers: 'served',
    tagDetails: 'google',
    tagPageSize: 1000,
  };
}

/** That of the Docker project's own registry. */
export function plainBehaviour(): Behaviour {
  return {
    mount: 201,
    missingChildren: 'refused',
    patches: Number.POSITIVE_INFINITY,
    chunkedPut: 'accepted',
    emptyBlob: 'accepted',
    downloads: 'direct',
    locations: 'absolute',
    uploadPath: 'v2',
    locationLength: 0,
    ranges: 'honoured',
    referrers: 'absent',
    tagDetails: 'none',
    tagPageSize: 100,
  };
}
