import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { isDigest } from '../oci/digest.ts';
import { pathFlaw, tagFlaw } from '../oci/reference-grammar.ts';
import type { ListedManifest, RepositoryListing } from '../oci/repository.ts';
import { parseJson } from '../registry/json.ts';
import { at, type Errand, refusal } from '../registry/refusal.ts';
import { apiHost } from './api-host.ts';
import { repositoryName } from './permissions.ts';
import { apiUrl, pageSize, quotaHeader, resourceId } from './rest-api.ts';

const pageLimit = 4 * 1024 * 1024;
const mostPages = 10_000;

const time = v.pipe(v.string(), v.transform(Date.parse), v.integer());
const next = { nextPageToken: v.optional(v.string(), '') };
/** `projects.locations.repositories.packages.list` */
const packagesPage = v.object({ ...next, packages: v.optional(v.array(v.object({ name: resourceId })), []) });
/** `…packages.tags.list` */
const tagsPage = v.object({
  ...next,
  tags: v.optional(v.array(v.object({ name: resourceId, version: resourceId })), []),
});
/** `…packages.versions.list`: a version is a manifest */
const versionsPage = v.object({
  ...next,
  versions: v.optional(v.array(v.object({ name: resourceId, createTime: v.optional(time) })), []),
});

/** Lists by the Artifact Registry REST API, v1, whole however long. */
export class ArtifactRegistryListing {
  readonly #transport: Transport;
  readonly #quotaProject: () => Promise<string | undefined>;

  /** @param transport adds the caller's token for the API's own host, and tries again what fails in passing */
  constructor(transport: Transport, quotaProject: () => Promise<string | undefined>) {
    this.#transport = transport;
    this.#quotaProject = quotaProject;
  }

  /**
   * What is at a place and below it.
   * @param errand for messages
   * @throws Fault DENIED where the API may not be asked, and what else refusal() says
   */
  async listing(place: ArtifactRegistryPlace, errand: Errand): Promise<RepositoryListing> {
    const packages = `${repositoryName(place)}/packages`;
    const own = `${packages}/${encodeURIComponent(place.image)}`;
    const [names, tags, versions] = await Promise.all([
      this.#all(packages, packagesPage, errand).then((pages) => pages.flatMap((page) => page.packages)),
      place.image === ''
        ? []
        : this.#all(`${own}/tags`, tagsPage, errand).then((all) => all.flatMap((one) => one.tags)),
      place.image === ''
        ? []
        : this.#all(`${own}/versions`, versionsPage, errand).then((all) => all.flatMap((one) => one.versions)),
    ]);
    return {
      tags: tags.map(({ name }) => name).filter((tag) => tagFlaw(tag) === undefined),
      manifests: manifestsOf(tags, versions),
      children: childrenOf(place.image, names),
    };
  }

  /** @returns no page where there is no such resource: a path may have images below it and be none itself */
  async #all<Page extends { readonly nextPageToken: string }>(
    resource: string,
    schema: v.GenericSchema<unknown, Page>,
    errand: Errand,
  ): Promise<readonly Page[]> {
    const pages: Page[] = [];
    const headers = quotaHeader(await this.#quotaProject());
    let token = '';
    do {
      if (pages.length === mostPages) throw new Fault('LIMIT_EXCEEDED', `${at(errand)}: ${errand.doing} does not end`);
      const url = apiUrl(resource);
      url.searchParams.set('pageSize', String(pageSize));
      if (token !== '') url.searchParams.set('pageToken', token);
      const response = await this.#transport.send({ method: 'GET', url, headers, maxBytes: pageLimit });
      if (response.status === 404 && pages.length === 0) return [];
      if (response.status !== 200) throw refusal(errand, response);
      const page = v.safeParse(schema, parseJson(response.body));
      if (!page.success) throw new Fault('PROTOCOL', `${at(errand)}: ${apiHost} gave an answer that is not its own`);
      pages.push(page.output);
      token = page.output.nextPageToken;
    } while (token !== '');
    return pages;
  }
}

function manifestsOf(
  tags: v.InferOutput<typeof tagsPage>['tags'],
  versions: v.InferOutput<typeof versionsPage>['versions'],
): readonly ListedManifest[] {
  const tagsOf = Map.groupBy(tags, ({ version }) => version);
  return versions.flatMap(({ name: digest, createTime: uploadedAt }) =>
    isDigest(digest) ? [{ digest, tags: (tagsOf.get(digest) ?? []).map(({ name }) => name), uploadedAt }] : [],
  );
}

/** The next path components below an image's path, each once. */
function childrenOf(image: string, packages: readonly { readonly name: string }[]): readonly string[] {
  const above = image === '' ? '' : `${image}/`;
  const below = packages
    .map(({ name }) => name)
    .filter((path) => path.startsWith(above) && pathFlaw(path) === undefined)
    .map((path) => path.slice(above.length).split('/')[0] ?? '');
  return [...new Set(below)];
}
