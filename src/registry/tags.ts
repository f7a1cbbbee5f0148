import * as v from 'valibot';
import { Fault } from '../fault.ts';
import { isDigest } from '../oci/digest.ts';
import { pathFlaw, tagFlaw } from '../oci/reference-grammar.ts';
import type { ListedManifest, RepositoryListing, TagLister } from '../oci/repository.ts';
import type { Endpoint } from './endpoint.ts';
import { pagesOf } from './pages.ts';
import { at, type Errand } from './refusal.ts';

/** distribution-spec, "Listing Tags" */
const tagPage = v.object({ tags: v.nullable(v.array(v.string()), []) });

const tag = v.pipe(
  v.string(),
  v.check((text) => tagFlaw(text) === undefined),
);
const path = v.pipe(
  v.string(),
  v.check((text) => pathFlaw(text) === undefined),
);
/** milliseconds before and after the epoch that a date can be of (ECMA-262, "Time Values") */
const farthestTime = 8.64e15;
/** `timeUploadedMs`: Google writes 64-bit numbers as strings */
const time = v.nullish(
  v.pipe(
    v.union([v.string(), v.number()]),
    v.transform(Number),
    v.integer(),
    v.minValue(-farthestTime),
    v.maxValue(farthestTime),
  ),
);
const listedManifest = v.object({ tag: v.nullish(v.array(tag), []), timeUploadedMs: time });

/** The same with what Artifact Registry adds. */
const fullPage = v.object({
  tags: v.nullable(v.array(tag), []),
  child: v.nullish(v.array(path)),
  manifest: v.nullish(v.record(v.pipe(v.string(), v.check(isDigest)), listedManifest)),
});
/** tags, manifests and children of all pages: no real repository has as many */
const mostEntries = 1_000_000;
type FullPage = v.InferOutput<typeof fullPage>;

/** The tags of a repository, page by page, and what else the registry tells with them. */
export class Tags implements TagLister {
  readonly #endpoint: Endpoint;
  readonly #errand: Errand;
  readonly #url: URL;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#errand = endpoint.errand('listing the tags', 'list');
    this.#url = endpoint.url('tags/list?n=1000');
  }

  /** @throws Fault NOT_FOUND where the repository does not exist, LIMIT_EXCEEDED where the pages do not end */
  async *tags(): AsyncGenerator<string> {
    for await (const page of this.#pages(tagPage, ({ tags }) => tags.length)) yield* page.tags;
  }

  /** @throws Fault as tags() does; PROTOCOL where a name is malformed */
  async listing(): Promise<RepositoryListing> {
    const pages = await Array.fromAsync(this.#pages(fullPage, entriesOf));
    const children = pages.flatMap(({ child }) => (isTold(child) ? [child] : []));
    const manifests = pages.flatMap(({ manifest }) => (isTold(manifest) ? [manifest] : []));
    return {
      tags: [...new Set(pages.flatMap((page) => page.tags))],
      manifests: manifests.length === 0 ? undefined : joined(manifests),
      children: children.length === 0 ? undefined : [...new Set(children.flat())],
    };
  }

  /** @throws Fault LIMIT_EXCEEDED beyond 1,000,000 entries */
  async *#pages<Page>(schema: v.GenericSchema<unknown, Page>, count: (page: Page) => number): AsyncGenerator<Page> {
    let entries = 0;
    for await (const page of pagesOf(this.#endpoint, this.#errand, this.#url, schema)) {
      entries += count(page);
      if (entries > mostEntries) {
        throw new Fault('LIMIT_EXCEEDED', `${at(this.#errand)}: ${this.#errand.doing} gave more than ${mostEntries}`);
      }
      yield page;
    }
  }
}

function entriesOf({ tags, child, manifest }: FullPage): number {
  const manifests = Object.values(manifest ?? {});
  return manifests.reduce((sum, each) => sum + 1 + each.tag.length, tags.length + (child?.length ?? 0));
}

function isTold<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** Each manifest once, with its tags of all pages. */
function joined(pages: readonly NonNullable<FullPage['manifest']>[]): ListedManifest[] {
  const found = new Map<string, ListedManifest>();
  for (const [digest, { tag: tags, timeUploadedMs }] of pages.flatMap((page) => Object.entries(page))) {
    if (!isDigest(digest)) continue;
    const before = found.get(digest)?.tags ?? [];
    found.set(digest, { digest, tags: [...new Set([...before, ...tags])], uploadedAt: timeUploadedMs ?? undefined });
  }
  return [...found.values()];
}
