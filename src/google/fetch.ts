import { Fault } from '../fault.ts';
import type { Method, Transport } from '../http/transport.ts';
import { within } from './within.ts';

const answerLimit = 64 * 1024;
const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD'];

/**
 * `fetch` over our own transport, for the requests that google-auth-library makes by itself: they
 * get our deadline, our limit on what is read, and our proxy.
 * @param deadlineMs for one request
 */
export function fetchOver(transport: Transport, deadlineMs: number): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = methods.find((name) => name === (init?.method ?? 'GET').toUpperCase());
    if (method === undefined)
      throw new Fault('UNEXPECTED', `a request to ${url.origin} with the method ${init?.method}`);
    const { status, headers, body } = await within(
      deadlineMs,
      url.origin,
      transport.send({ method, url, headers: plain(init?.headers), body: bytesOf(init?.body), maxBytes: answerLimit }),
    );
    // A body may not stand with these (fetch standard, "null body status").
    const bodyless = status === 204 || status === 205 || status === 304;
    return new Response(bodyless ? null : Buffer.from(body), { status, headers: { ...headers } });
  };
}

/**
 * Options for the library's clients, so that `fetchImplementation` alone carries their requests: told of no proxy, the
 * library would see HTTPS_PROXY and load an HTTP client for it, which is not part of the build; our transport honours it.
 */
export function carriedBy(fetchImplementation: typeof fetch) {
  return { fetchImplementation, noProxy: [/^/] };
}

function plain(headers: RequestInit['headers']): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

function bytesOf(body: RequestInit['body']): Uint8Array | undefined {
  if (body == null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return Buffer.from(body.toString());
  if (body instanceof Uint8Array) return body;
  throw new Fault('UNEXPECTED', 'a token request with a body that is neither text nor bytes');
}
