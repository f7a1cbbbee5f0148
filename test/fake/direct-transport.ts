import { Readable } from 'node:stream';
import { Fault } from '../../src/fault.ts';
import type {
  DownloadRequest,
  DownloadResponse,
  Headers,
  HttpRequest,
  HttpResponse,
  Transport,
  UploadRequest,
} from '../../src/http/transport.ts';
import { type Answer, RequestBody } from './exchange.ts';
import { Script } from './script.ts';
import type { Handler } from './server.ts';

const chunkSize = 16 * 1024;

/** Fake servers without a network between: the same handlers and the same scripted faults, a thousand times as fast. */
export class DirectTransport implements Transport {
  readonly hosts: ReadonlyMap<string, Handler>;
  readonly script = new Script();
  /** so many so far */
  requests = 0;

  constructor(hosts: ReadonlyMap<string, Handler>) {
    this.hosts = hosts;
  }

  async send({ method, url, headers, body, maxBytes }: HttpRequest): Promise<HttpResponse> {
    const sent = body === undefined ? Readable.from([]) : Readable.from([body], { objectMode: false });
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const result = await this.#ask(method, url, { ...headers, ...length }, sent);
    if (result.ending.kind !== 'complete') throw lost(method, url);
    const given = method === 'HEAD' ? new Uint8Array() : result.body;
    if (given.length > maxBytes) throw new Fault('LIMIT_EXCEEDED', `${url}: the answer is too large`);
    return response(url, result, given);
  }

  async download({ url, headers }: DownloadRequest): Promise<DownloadResponse> {
    const result = await this.#ask('GET', url, headers, Readable.from([]));
    const { ending } = result;
    if (ending.kind === 'reset' && ending.after === 0) throw lost('GET', url);
    return response(url, result, bodyOf(result));
  }

  async upload({ url, headers, content, length }: UploadRequest): Promise<HttpResponse> {
    const sent = { ...headers, 'content-length': String(length) };
    const result = await this.#ask('PUT', url, sent, content);
    content.destroy();
    if (result.ending.kind !== 'complete') throw lost('PUT', url);
    return response(url, result, result.body);
  }

  async #ask(method: string, url: URL, headers: Headers, body: Readable): Promise<Answer> {
    this.requests += 1;
    const { host, pathname: path, search, searchParams: query } = url;
    const request = { method, scheme: 'https' as const, host, target: `${path}${search}`, path, query, headers };
    return this.script.run({ ...request, body: new RequestBody(body) }, async () => {
      const handler = this.hosts.get(host);
      if (handler === undefined) throw new Error(`no such host here: ${host}`);
      return handler.handle({ ...request, body: new RequestBody(body) });
    });
  }
}

function response<Body>(url: URL, { status, headers, body }: Answer, given: Body) {
  const version = '1.1';
  return { url, status, version, headers: { 'content-length': String(body.length), ...headers }, body: given };
}

function bodyOf({ body, ending }: Answer): Readable {
  if (ending.kind === 'complete') return Readable.from(chunksOf(body), { objectMode: false });
  return Readable.from(brokenOff(body.subarray(0, ending.after)), { objectMode: false });
}

async function* brokenOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes);
  throw Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += chunkSize) yield bytes.subarray(from, from + chunkSize);
}

function lost(method: string, url: URL): Fault {
  return new Fault('NETWORK', `${method} ${url.origin}${url.pathname}: the connection was closed (ECONNRESET)`);
}
