import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';
import { Reference } from './reference.ts';

/** Where Artifact Registry keeps an image: the REST API's `projects/P/locations/L/repositories/R` and the image below. */
export interface ArtifactRegistryPlace {
  /** a legacy project keeps its colon here: `domain.com:project` */
  readonly project: string;
  readonly location: string;
  readonly repository: string;
  /** without the repository; may hold slashes; empty when the reference ends at the repository */
  readonly image: string;
}

/** The `gcr.io` hosts that Artifact Registry serves, each from a repository that has its name, and where that lies. */
const legacyHosts: ReadonlyMap<string, string> = new Map([
  ['gcr.io', 'us'],
  ['us.gcr.io', 'us'],
  ['eu.gcr.io', 'europe'],
  ['asia.gcr.io', 'asia'],
]);

/** what a loopback registry's host may be called; its other addresses may belong to other registries */
const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/])/;
const locatedHost = /^(?:([a-z0-9-]+)-docker|docker\.([a-z0-9-]+)\.rep)\.pkg\.dev$/;
const googleHost = /^(?:(?:[a-z0-9-]+\.)+pkg\.dev|(?:[a-z0-9-]+\.)*gcr\.io)$/;
const projectForm = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+:)?[a-z0-9-]+$/;
const locationForm = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const repositoryForm = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

/**
 * `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE`, or `gcr.io/PROJECT/IMAGE` where the repository
 * is named after such a host and lies where that host's does.
 * @throws Fault USAGE that names the malformed part
 */
export function artifactRegistryReference(place: ArtifactRegistryPlace): Reference {
  checkPart('project', place.project, projectForm);
  checkPart('location', place.location, locationForm);
  checkPart('repository', place.repository, repositoryForm);
  const project = place.project.replace(':', '/');
  const image = place.image === '' ? '' : `/${place.image}`;
  if (legacyHosts.get(place.repository) === place.location) {
    return new Reference(place.repository, `${project}${image}`, undefined, undefined);
  }
  const host = `${place.location}-docker.pkg.dev`;
  return new Reference(host, `${project}/${place.repository}${image}`, undefined, undefined);
}

/** @returns undefined where the host is not one of Artifact Registry's, or the path ends before a repository */
export function artifactRegistryPlace(reference: Reference): ArtifactRegistryPlace | undefined {
  const [project, below] = splitProject(reference.path.split('/'));
  const legacyLocation = legacyHosts.get(reference.host);
  if (legacyLocation !== undefined) {
    return { project, location: legacyLocation, repository: reference.host, image: below.join('/') };
  }
  const [, before, within] = locatedHost.exec(reference.host) ?? [];
  const location = before ?? within;
  const [repository, ...image] = below;
  if (location === undefined || repository === undefined) return undefined;
  return { project, location, repository, image: image.join('/') };
}

/**
 * One name for what several hosts answer for: those of Artifact Registry, and those of loopback. Any other repository's own
 * name. To compare by, without tag and digest.
 */
export function placeName(reference: Reference): string {
  const place = artifactRegistryPlace(reference);
  if (place === undefined) return reference.name.replace(loopbackHost, 'localhost');
  const { location, project, repository, image } = place;
  return [location, project, repository, ...(image === '' ? [] : [image])].join('/');
}

/** The same for two references that are one tag (or one digest), by whichever hosts they name its repository. */
export function identityOf(reference: Reference): string {
  return `${placeName(reference)} ${reference.tag ?? reference.digest ?? ''}`;
}

/** `*.pkg.dev`, `gcr.io`, `*.gcr.io`, without a port: where a Google token may go. */
export function isGoogleRegistryHost(host: string): boolean {
  return googleHost.test(host);
}

/** No project id but a legacy one has a dot, and that one's takes two parts of the path. */
function splitProject([first = '', second, ...rest]: readonly string[]): [project: string, below: readonly string[]] {
  if (second === undefined) return [first, []];
  return first.includes('.') ? [`${first}:${second}`, rest] : [first, [second, ...rest]];
}

function checkPart(part: string, text: string, form: RegExp): void {
  if (!form.test(text)) throw new Fault('USAGE', `${quoted(text)} is not the name of a ${part}`);
}
