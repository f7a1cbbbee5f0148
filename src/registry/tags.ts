import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { TagLister } from '../oci/repository.ts';
import type { Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import { nextPage } from './link.ts';
import { at } from './refusal.ts';

const pageLimit = 8 * 1024 * 1024;
const mostPages = 10_000;
const tagPage = v.object({ tags: v.nullish(v.array(v.string())) });

/** The tags of a repository, page by page (distribution-spec, "Listing Tags"). */
export class Tags implements TagLister {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** @throws Fault NOT_FOUND where the repository does not exist, LIMIT_EXCEEDED where the pages do not end */
  async *tags(): AsyncGenerator<string> {
    const errand = this.#endpoint.errand('listing the tags', 'list');
    let url: URL | undefined = this.#endpoint.url('tags/list?n=1000');
    const seen = new Set<string>();
    while (url !== undefined) {
      if (seen.has(url.href) || seen.size === mostPages) {
        throw new Fault('LIMIT_EXCEEDED', `${at(errand)}: the list of tags does not end`);
      }
      seen.add(url.href);
      const response = await this.#endpoint.ask(errand, [200], { method: 'GET', url, maxBytes: pageLimit });
      const page = v.safeParse(tagPage, parseJson(response.body));
      if (!page.success) throw new Fault('PROTOCOL', `${at(errand)}: the answer is not a list of tags`);
      yield* page.output.tags ?? [];
      url = nextPage(url, response.headers.link);
    }
  }
}
