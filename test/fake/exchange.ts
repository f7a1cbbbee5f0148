import type { Readable } from 'node:stream';

/** One request as a fake server's handler sees it, whatever protocol it came by. */
export interface FakeRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** as the client wrote it in Host or :authority, with the port where it gave one */
  readonly host: string;
  /** path and query as they were sent */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody;
}

/** An answer as a value, so that a scripted fault can change it before it is sent. */
export interface Answer {
  readonly status: number;
  /** Content-Length is made from the body, unless it stands here */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly ending: Ending;
}

/** What becomes of the answer's body; `after` counts its bytes, and 'reset' and 'abort' at 0 send no status line either. */
export type Ending =
  | { readonly kind: 'complete' }
  /** the connection ends */
  | { readonly kind: 'reset'; readonly after: number }
  /** the HTTP/2 stream ends with an error; over HTTP/1.1 the connection */
  | { readonly kind: 'abort'; readonly after: number; readonly code?: number }
  /** nothing more is sent until the promise resolves */
  | { readonly kind: 'stall'; readonly after: number; readonly until: Promise<unknown> };

/** A request's body, read once and kept. */
export class RequestBody {
  received = 0;
  readonly #stream: Readable;
  #whole: Promise<Uint8Array> | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  /** @throws whatever ended the connection before the body's end */
  bytes(): Promise<Uint8Array> {
    this.#whole ??= this.#read(Number.POSITIVE_INFINITY);
    return this.#whole;
  }

  /** Reads until that many bytes came, and leaves the rest in the connection. */
  async atLeast(count: number): Promise<void> {
    await this.#read(count);
  }

  async #read(count: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    if (count <= 0) return new Uint8Array();
    for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('a request body is bytes');
      chunks.push(chunk);
      this.received += chunk.length;
      if (this.received >= count) break;
    }
    return Buffer.concat(chunks);
  }
}

export function answer(status: number, headers: Record<string, string>, body: Uint8Array = new Uint8Array()): Answer {
  return { status, headers, body, ending: { kind: 'complete' } };
}

export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return answer(status, { 'content-type': 'application/json', ...headers }, Buffer.from(`${JSON.stringify(value)}\n`));
}

/** An error as the distribution-spec has it ("Error Codes"). */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return jsonAnswer(status, { errors: [{ code, message }] }, headers);
}
