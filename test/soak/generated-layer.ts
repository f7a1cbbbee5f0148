import { createCipheriv, createHash, type Hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import type { Certificate } from '../fake/certificates.ts';
import { descriptorOf, manifestOf, ociImage, type SeedManifest } from '../fake/image-parts.ts';

const chunkSize = 1024 * 1024;

/** A layer that is nowhere: its bytes are made again whenever they are asked for. */
export class GeneratedLayer {
  readonly size: number;
  readonly digest: Digest;
  readonly #block: Buffer;

  constructor(seed: string, size: number) {
    this.size = size;
    const key = createHash('sha256').update(seed).digest();
    this.#block = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(chunkSize));
    const hash = createHash('sha256');
    for (const chunk of this.chunks(0)) hash.update(chunk);
    this.digest = `sha256:${hash.digest('hex')}`;
  }

  /** Each MiB is the same but for its number. */
  *chunks(from: number): Generator<Uint8Array> {
    for (let at = from - (from % chunkSize); at < this.size; at += chunkSize) {
      const chunk = Buffer.from(this.#block);
      chunk.writeDoubleLE(at);
      yield chunk.subarray(Math.max(0, from - at), Math.min(chunkSize, this.size - at));
    }
  }
}

/** A registry over TLS that has one image with that layer; the first answers to it break, as often as it is told. */
export class GeneratedSource {
  readonly image: SeedManifest;
  /** after each of so many bytes of the layer the connection ends, once */
  readonly breaks: number[];
  requests = 0;
  readonly #layer: GeneratedLayer;
  readonly #config = Buffer.from('{"os":"linux","architecture":"amd64"}');
  readonly #server: Server;

  constructor(layer: GeneratedLayer, breaks: readonly number[], certificate: Certificate) {
    this.#server = serverOf(certificate, (request, response) => this.#answer(request, response));
    this.#layer = layer;
    this.breaks = [...breaks];
    const config = descriptorOf('application/vnd.oci.image.config.v1+json', {
      digest: digestOf(this.#config, 'sha256'),
      bytes: this.#config,
    });
    const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: layer.size }];
    this.image = manifestOf(ociImage, JSON.stringify({ schemaVersion: 2, mediaType: ociImage, config, layers }));
  }

  /** @returns the port */
  listen(): Promise<number> {
    return listen(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close().closeAllConnections();
  }

  async #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.includes('/manifests/'))
      return void response.writeHead(200, { 'content-type': ociImage }).end(this.image.bytes);
    if (!url.includes(this.#layer.digest)) {
      return void response
        .writeHead(url.includes('/blobs/') ? 200 : 404)
        .end(url.includes('/blobs/') ? this.#config : '');
    }
    this.requests += 1;
    const { size } = this.#layer;
    const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${size - 1}/${size}` };
    response.writeHead(from === 0 ? 200 : 206, { ...range, 'content-length': String(size - from) });
    await pipeline(Readable.from(this.#until(from, response), { objectMode: false }), response);
  }

  *#until(from: number, response: ServerResponse): Generator<Uint8Array> {
    let at = from;
    for (const chunk of this.#layer.chunks(from)) {
      yield chunk;
      at += chunk.length;
      if (at < (this.breaks[0] ?? Number.POSITIVE_INFINITY)) continue;
      this.breaks.shift();
      response.socket?.destroy();
    }
  }
}

/** A registry over TLS that hashes what it gets and keeps manifests alone. */
export class HashingSink {
  /** digests of what was committed, as they hash */
  readonly committed: string[] = [];
  uploads = 0;
  readonly #manifests = new Map<string, Buffer>();
  readonly #server: Server;

  constructor(certificate: Certificate) {
    this.#server = serverOf(certificate, (request, response) => this.#answer(request, response));
  }

  /** @returns the port */
  listen(): Promise<number> {
    return listen(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close().closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    const reference = url.slice(url.lastIndexOf('/') + 1);
    if (method === 'POST') return void response.writeHead(202, { location: '/v2/sink/uploads/1' }).end();
    if (method === 'PUT' && url.includes('/uploads/')) {
      this.uploads += 1;
      const digest = `sha256:${(await hashed(request)).digest('hex')}`;
      const isRight = new URL(url, 'http://sink').searchParams.get('digest') === digest;
      if (isRight) this.committed.push(digest);
      return void response.writeHead(isRight ? 201 : 400).end();
    }
    if (method === 'PUT') {
      const bytes = Buffer.concat(await Array.fromAsync(request));
      this.#manifests.set(reference, bytes);
      return void response.writeHead(201).end();
    }
    const manifest = this.#manifests.get(reference);
    response.writeHead(manifest === undefined ? 404 : 200, { 'content-type': ociImage }).end(manifest);
  }
}

async function hashed(request: IncomingMessage): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of request) hash.update(chunk);
  return hash;
}

function serverOf(
  certificate: Certificate,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Server {
  return createServer({ ...certificate }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
