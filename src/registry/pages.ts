import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import { nextPage } from './link.ts';
import { at, type Errand } from './refusal.ts';

/** bytes: Artifact Registry tells some hundred of each manifest, however many there are */
const pageLimit = 32 * 1024 * 1024;
const mostPages = 10_000;
/** bytes of all pages: what they tell is held at once */
const mostBytes = 256 * 1024 * 1024;

/**
 * A list that comes in pages, each linked from the one before.
 * @param schema holds the key of the list to be there, null perhaps: an answer without it is no empty page, but an error's text
 * @throws Fault PROTOCOL for a page that is not of the schema, LIMIT_EXCEEDED where the pages do not end, and refusal()'s
 */
export async function* pagesOf<Page>(
  endpoint: Endpoint,
  errand: Errand,
  first: URL,
  schema: v.GenericSchema<unknown, Page>,
): AsyncGenerator<Page> {
  let url: URL | undefined = first;
  const seen = new Set<string>();
  let bytes = 0;
  while (url !== undefined) {
    if (seen.has(url.href) || seen.size === mostPages) {
      throw new Fault('LIMIT_EXCEEDED', `${at(errand)}: ${errand.doing} does not end`);
    }
    seen.add(url.href);
    const response = await endpoint.ask(errand, [200], { method: 'GET', url, maxBytes: pageLimit });
    bytes += response.body.length;
    if (bytes > mostBytes) {
      throw new Fault('LIMIT_EXCEEDED', `${at(errand)}: ${errand.doing} gave more than ${mostBytes} bytes`);
    }
    const page = v.safeParse(schema, parseJson(response.body));
    if (!page.success) throw new Fault('PROTOCOL', `${at(errand)}: ${errand.doing} was answered with something else`);
    yield page.output;
    url = nextPage(url, response.headers.link);
  }
}
