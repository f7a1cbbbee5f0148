import * as v from 'valibot';
import { bearerToken } from './access.ts';
import { type Answer, type FakeRequest, jsonAnswer } from './exchange.ts';
import type { GoogleAccess, GoogleRepository, Iam } from './google-access.ts';
import type { RegistryHost } from './registry-host.ts';
import type { Handler } from './server.ts';
import type { StoredRepository } from './store.ts';

/** One registry host, which is one location. */
export interface GoogleRegistry {
  readonly registry: RegistryHost;
  readonly access: GoogleAccess;
}

const testedPermissions = v.object({ permissions: v.array(v.string()) });
const locationsOfHosts: Readonly<Record<string, string>> = {
  'gcr.io': 'us',
  'us.gcr.io': 'us',
  'eu.gcr.io': 'europe',
  'asia.gcr.io': 'asia',
};

/** A repository as the API names it, and where its registry is. */
interface Located {
  readonly host: string;
  /** below the host */
  readonly key: string;
  readonly registry: GoogleRegistry;
  readonly settings: GoogleRepository | undefined;
}

/** `artifactregistry.googleapis.com/v1`: the repositories of the same world, and what their IAM says of the caller. */
export class ArtifactRegistryApi implements Handler {
  readonly #iam: Iam;
  readonly #registries: ReadonlyMap<string, GoogleRegistry>;
  /** projects where the API is not enabled */
  readonly disabled = new Set<string>();
  /** projects where the caller holds nothing by the project's own policy: what is not there cannot be told from what may not be seen */
  readonly closed = new Set<string>();

  constructor(iam: Iam, registries: ReadonlyMap<string, GoogleRegistry>) {
    this.#iam = iam;
    this.#registries = registries;
  }

  async handle(request: FakeRequest): Promise<Answer> {
    const account = this.#iam.accountOf(bearerToken(request) ?? '');
    if (account === undefined)
      return failure(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    const [, project = '', below = ''] = /^\/v1\/projects\/([^/]+)\/(.+)$/.exec(request.path) ?? [];
    if (this.disabled.has(project)) return disabled(project);
    if (below === 'locations') return this.#locations(project);
    const [, location = '', rest = ''] = /^locations\/([^/]+)\/repositories(?:\/(.+))?$/.exec(below) ?? [];
    if (rest === '') return this.#list(project, location);
    const [, repository = '', method = ''] = /^([^/:]+)(.*)$/.exec(rest) ?? [];
    return this.#answer(request, account, { project, location, repository }, method);
  }

  async #answer(
    request: FakeRequest,
    account: string,
    place: { readonly project: string; readonly location: string; readonly repository: string },
    method: string,
  ): Promise<Answer> {
    const located = this.#locate(place.project, place.location, place.repository);
    const holds = (permission: string) =>
      located?.settings !== undefined && this.#iam.holds(account, `${located.host}/${located.key}`, permission);
    const resource = `projects/${place.project}/locations/${place.location}/repositories/${place.repository}`;
    if (method === ':testIamPermissions') {
      const body = Buffer.from(await request.body.bytes()).toString();
      const { permissions } = v.parse(testedPermissions, JSON.parse(body));
      const granted = permissions.filter(holds);
      return jsonAnswer(200, granted.length === 0 ? {} : { permissions: granted });
    }
    if (located?.settings === undefined && !this.closed.has(place.project)) {
      return failure(404, 'NOT_FOUND', `Repository not found: "${resource}".`);
    }
    const needed = permissionOf(method);
    if (located?.settings === undefined || !holds(needed)) {
      const text = `Permission '${needed}' denied on resource '//artifactregistry.googleapis.com/${resource}' (or it may not exist).`;
      return failure(403, 'PERMISSION_DENIED', text);
    }
    return this.#read(request, located, located.settings, resource, method);
  }

  #read(request: FakeRequest, located: Located, settings: GoogleRepository, resource: string, method: string): Answer {
    if (method === '') {
      return jsonAnswer(200, {
        name: resource,
        format: settings.format ?? 'DOCKER',
        mode: `${settings.mode.toUpperCase()}_REPOSITORY`,
        dockerConfig: { immutableTags: settings.immutableTags },
      });
    }
    const images = [...located.registry.registry.store.repositories]
      .filter(([path]) => path.startsWith(`${located.key}/`))
      .map(([path, stored]) => ({ image: path.slice(located.key.length + 1), stored }));
    const packages = `${resource}/packages`;
    if (method === '/packages') {
      const names = images.map(({ image }) => ({ name: `${packages}/${encodeURIComponent(image)}` }));
      return paged(request, 'packages', names);
    }
    const [, escaped = '', what] = /^\/packages\/([^/]+)\/(tags|versions)$/.exec(method) ?? [];
    const found = images.find(({ image }) => image === decodeURIComponent(escaped));
    if (found === undefined || what === undefined) return failure(404, 'NOT_FOUND', 'Package not found.');
    const below = `${packages}/${escaped}`;
    return paged(request, what, what === 'tags' ? tagsOf(found.stored, below) : versionsOf(found.stored, below));
  }

  #locations(project: string): Answer {
    if (this.closed.has(project)) {
      return failure(403, 'PERMISSION_DENIED', "Permission 'artifactregistry.locations.list' denied on resource.");
    }
    const ids = new Set([...this.#registries.keys()].map(locationOf));
    const locations = [...ids].map((id) => ({ name: `projects/${project}/locations/${id}`, locationId: id }));
    return jsonAnswer(200, { locations });
  }

  #list(project: string, location: string): Answer {
    if (this.closed.has(project)) {
      return failure(403, 'PERMISSION_DENIED', "Permission 'artifactregistry.repositories.list' denied on resource.");
    }
    const repositories = [...this.#registries]
      .filter(([host]) => locationOf(host) === location)
      .flatMap(([, { access }]) => [...access.repositories.keys()])
      .filter((key) => key.startsWith(`${project.replace(':', '/')}/`))
      .map((key) => ({
        name: `projects/${project}/locations/${location}/repositories/${key.slice(key.lastIndexOf('/') + 1)}`,
      }));
    return jsonAnswer(200, { repositories });
  }

  #locate(project: string, location: string, repository: string): Located | undefined {
    const path = project.replace(':', '/');
    for (const [host, registry] of this.#registries) {
      const isNamed = locationsOfHosts[host] !== undefined;
      if (locationOf(host) !== location || (isNamed && host !== repository)) continue;
      const key = isNamed ? path : `${path}/${repository}`;
      const settings = registry.access.repositories.get(key);
      if (settings !== undefined) return { host, key, registry, settings };
    }
    return undefined;
  }
}

function permissionOf(method: string): string {
  if (method === '') return 'artifactregistry.repositories.get';
  if (method === '/packages') return 'artifactregistry.packages.list';
  return method.endsWith('/versions') ? 'artifactregistry.versions.list' : 'artifactregistry.tags.list';
}

function tagsOf({ tags }: StoredRepository, below: string): unknown[] {
  return [...tags].map(([tag, digest]) => ({ name: `${below}/tags/${tag}`, version: `${below}/versions/${digest}` }));
}

function versionsOf({ manifests }: StoredRepository, below: string): unknown[] {
  return [...manifests].map(([digest, { uploaded }]) => ({
    name: `${below}/versions/${digest}`,
    createTime: new Date(uploaded).toISOString(),
  }));
}

/** One page of a list; the token of the next is the number of what came before it. */
function paged(request: FakeRequest, what: string, all: readonly unknown[]): Answer {
  const size = Math.min(Number(request.query.get('pageSize') ?? 100), 1000);
  const start = Number(request.query.get('pageToken') ?? 0);
  const end = start + size;
  const more = end < all.length ? { nextPageToken: String(end) } : {};
  return jsonAnswer(200, { [what]: all.slice(start, end), ...more });
}

function locationOf(host: string): string {
  return locationsOfHosts[host] ?? /^(?:docker\.)?(.+?)(?:-docker|\.rep)\.pkg\.dev$/.exec(host)?.[1] ?? host;
}

function disabled(project: string): Answer {
  const message = `Artifact Registry API has not been used in project ${project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/artifactregistry.googleapis.com/overview?project=${project} then retry.`;
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'SERVICE_DISABLED',
      domain: 'googleapis.com',
      metadata: { service: 'artifactregistry.googleapis.com', consumer: `projects/${project}` },
    },
  ];
  return jsonAnswer(403, { error: { code: 403, message, status: 'PERMISSION_DENIED', details } });
}

function failure(code: number, status: string, message: string): Answer {
  return jsonAnswer(code, { error: { code, message, status } });
}
