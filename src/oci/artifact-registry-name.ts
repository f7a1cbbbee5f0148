import type { Reference } from './reference.ts';

/** Where Artifact Registry keeps an image: the REST API's `projects/P/locations/L/repositories/R` and the image below. */
export interface ArtifactRegistryPlace {
  /** a legacy project keeps its colon here: `domain.com:project` */
  readonly project: string;
  readonly location: string;
  readonly repository: string;
  /** without the repository; may hold slashes; empty when the reference ends at the repository */
  readonly image: string;
}

/** `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE`, or the `gcr.io` form where the repository is named after such a host */
export declare function artifactRegistryReference(place: ArtifactRegistryPlace): Reference;
/** undefined where the host is not one of Artifact Registry's */
export declare function artifactRegistryPlace(reference: Reference): ArtifactRegistryPlace | undefined;
/** `*.pkg.dev`, `gcr.io`, `*.gcr.io`, without a port */
export declare function isGoogleRegistryHost(host: string): boolean;
