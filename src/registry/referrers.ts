import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, isDigest } from '../oci/digest.ts';
import { type Manifest, parseManifest } from '../oci/manifest.ts';
import type { ReferrerLister } from '../oci/repository.ts';
import { Backoff, type Limits, mostLooks } from '../retry.ts';
import type { Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import { nextPage } from './link.ts';
import type { Manifests } from './manifests.ts';
import { at, type Errand } from './refusal.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const pageLimit = 4 * 1024 * 1024;
const mostPages = 1_000;
const mostReferrers = 10_000;
/** without such an API a registry answers so; in the midst of a list they are failures */
const withoutApi = [400, 404, 405, 501];

const described = v.looseObject({
  annotations: v.fallback(v.optional(v.record(v.string(), v.string())), undefined),
  config: v.fallback(v.optional(v.looseObject({ mediaType: v.string() })), undefined),
});
const listed = v.looseObject({ manifests: v.array(v.looseObject({ digest: v.string() })) });
type ListDocument = v.InferOutput<typeof listed>;
const entry = v.object({
  mediaType: v.string(),
  digest: v.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  size: v.number(),
  artifactType: v.optional(v.string()),
});
/** A server's answer, not content under a digest: where nothing is listed, some say null. Without the key it is no list. */
const list = v.object({ manifests: v.nullable(v.array(entry), []) });

/**
 * What is attached to the manifests of a repository: by the referrers API where the registry has
 * it, else by the fallback tag, which then is ours to keep (distribution-spec 1.1, "Listing
 * Referrers", "Pushing Manifests with Subject").
 */
export class Referrers implements ReferrerLister {
  readonly #endpoint: Endpoint;
  readonly #manifests: Manifests;
  readonly #limits: Limits;
  /** has the registry the API? found out once, by the first who asks */
  #api: Promise<boolean> | undefined;
  /** the fallback tags that are being written, each after the last */
  readonly #writing = new Map<string, Promise<void>>();

  /** @param limits of the waits until a list shows what was entered */
  constructor(endpoint: Endpoint, manifests: Manifests, limits: Limits) {
    this.#endpoint = endpoint;
    this.#manifests = manifests;
    this.#limits = limits;
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    if (this.#api === undefined) return this.#firstReferrers(subject);
    if (await this.#api) return (await this.#byApi(subject)) ?? [];
    return this.#byTag(subject);
  }

  /**
   * Enters a manifest that was put into the fallback tag of its subject.
   * @throws Fault NOT_KEPT where the list that stands there does not come to have it
   */
  async enter(manifest: Manifest, subject: Descriptor): Promise<void> {
    const tag = fallbackTag(subject.digest);
    const before = this.#writing.get(tag) ?? Promise.resolve();
    const written = before.catch(() => undefined).then(() => this.#enterUnder(tag, manifest));
    this.#writing.set(tag, written);
    await written;
  }

  /** Asks both ways at once, so that a registry without the API costs no second round. */
  async #firstReferrers(subject: Digest): Promise<readonly Descriptor[]> {
    const byApi = this.#byApi(subject);
    this.#api = byApi.then((found) => found !== undefined);
    this.#api.catch(() => {
      this.#api = undefined;
    });
    const byTag = this.#byTag(subject);
    // What stands under the tag matters only where there is no API.
    byTag.catch(() => undefined);
    return (await byApi) ?? byTag;
  }

  /** @returns undefined where the registry has no such API */
  async #byApi(subject: Digest): Promise<readonly Descriptor[] | undefined> {
    const errand = this.#endpoint.errand('listing the referrers', 'read', subject);
    let url: URL | undefined = this.#endpoint.url(`referrers/${subject}`);
    const found: Descriptor[] = [];
    for (let page = 0; url !== undefined; page += 1) {
      if (page === mostPages) throw new Fault('LIMIT_EXCEEDED', `${at(errand)}: the list of referrers does not end`);
      const asked: URL = url;
      const response = await this.#endpoint.ask(errand, page === 0 ? [200, ...withoutApi] : [200], {
        method: 'GET',
        url: asked,
        headers: { accept: indexType },
        maxBytes: pageLimit,
      });
      if (response.status !== 200) return undefined;
      found.push(...listEntries(response.body, errand));
      if (found.length > mostReferrers) {
        throw new Fault('LIMIT_EXCEEDED', `${at(errand)}: more than ${mostReferrers} referrers are listed`);
      }
      url = nextPage(asked, response.headers.link);
    }
    return found;
  }

  async #byTag(subject: Digest): Promise<readonly Descriptor[]> {
    return (await this.#indexAt(fallbackTag(subject)))?.manifests ?? [];
  }

  /** @throws Fault PROTOCOL where no index stands there: it is neither read as a list nor written over */
  async #indexAt(tag: string): Promise<Manifest | undefined> {
    const index = await this.#manifests.get(tag);
    if (index === undefined || index.kind === 'index') return index;
    throw new Fault('PROTOCOL', `${this.#nameOf(tag)}: the answer is not an index`);
  }

  #nameOf(tag: string): string {
    return at(this.#endpoint.errand('listing the referrers', 'read', tag));
  }

  /** Who writes last at the same time wins: whoever is not in the list that stands there then extends that one. */
  async #enterUnder(tag: string, manifest: Manifest): Promise<void> {
    const backoff = new Backoff(this.#limits, mostLooks);
    while (!(await this.#extend(tag, manifest))) {
      const message = `${this.#nameOf(tag)}: the registry accepted a list with ${manifest.digest}, but does not have it`;
      await backoff.failed(new Fault('NOT_KEPT', message));
    }
  }

  /** @returns whether the list that stands there in the end has the manifest */
  async #extend(tag: string, manifest: Manifest): Promise<boolean> {
    const before = await this.#documentAt(tag);
    if (lists(before, manifest)) return true;
    const manifests = [...before.manifests, descriptorOf(manifest)];
    const extended = { ...before, schemaVersion: 2, mediaType: indexType, manifests };
    await this.#manifests.put(tag, parseManifest(Buffer.from(JSON.stringify(extended)), indexType, 'sha256'));
    return lists(await this.#documentAt(tag), manifest);
  }

  async #documentAt(tag: string): Promise<ListDocument> {
    const index = await this.#indexAt(tag);
    return index === undefined ? { manifests: [] } : v.parse(listed, parseJson(index.bytes));
  }
}

function lists({ manifests }: ListDocument, { digest }: Manifest): boolean {
  return manifests.some((each) => each.digest === digest);
}

function listEntries(body: Uint8Array, errand: Errand): readonly Descriptor[] {
  const parsed = v.safeParse(list, parseJson(body));
  if (parsed.success) return parsed.output.manifests;
  throw new Fault('PROTOCOL', `${at(errand)}: the answer is no list of referrers`);
}

/** `sha256-<hex>` (distribution-spec, "Referrers Tag Schema") */
function fallbackTag(subject: Digest): string {
  return `${algorithmOf(subject)}-${subject.slice(subject.indexOf(':') + 1).slice(0, 64)}`;
}

function descriptorOf(manifest: Manifest) {
  const { annotations, config } = v.parse(described, parseJson(manifest.bytes));
  const artifactType = manifest.artifactType ?? config?.mediaType;
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
