import type { Circumstance, Side } from '../fault.ts';
import type { HttpResponse, Method, Transport } from '../http/transport.ts';
import type { Reference } from '../oci/reference.ts';
import { type Errand, refusal } from './refusal.ts';

/** Where one repository's requests go and what they are called in messages: what its manifests, blobs and tags share. */
export class Endpoint {
  /** `HOST/PATH` */
  readonly name: string;
  readonly transport: Transport;
  readonly #side: Side | undefined;
  readonly #base: string;

  constructor(reference: Reference, transport: Transport, side: Side | undefined) {
    this.name = reference.name;
    this.transport = transport;
    this.#side = side;
    this.#base = `${registryOrigin(reference)}/v2/${reference.path}`;
  }

  /** @param below `manifests/…`, `blobs/…`, `tags/list` */
  url(below: string): URL {
    return new URL(`${this.#base}/${below}`);
  }

  /** @param reference a tag or a digest, or undefined where the whole repository is meant */
  errand(doing: string, action: Circumstance['action'], reference?: string): Errand {
    const joint = reference?.includes(':') ? '@' : ':';
    return {
      side: this.#side,
      reference: reference === undefined ? this.name : `${this.name}${joint}${reference}`,
      action,
      doing,
    };
  }

  /**
   * @returns the answer, its status one of `expected`
   * @throws Fault by refusal() for any other status
   */
  async ask(errand: Errand, expected: readonly number[], request: Ask): Promise<HttpResponse> {
    const response = await this.transport.send({ headers: {}, ...request });
    if (!expected.includes(response.status)) throw refusal(errand, response);
    return response;
  }
}

interface Ask {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
  readonly beforeLate?: (() => Promise<void>) | undefined;
}

/** Loopback over plain HTTP, everything else over TLS. */
export function registryOrigin(reference: Reference): string {
  return `${reference.isLoopback ? 'http' : 'https'}://${reference.host}`;
}
