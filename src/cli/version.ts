// esbuild puts the package's version here; the sources run as they stand have none.
declare const PROMOTE_VERSION: string;

/** The version of the build, or `source` when the sources run unbuilt. */
export const version: string = typeof PROMOTE_VERSION === 'string' ? PROMOTE_VERSION : 'source';
