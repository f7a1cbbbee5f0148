import { createHash } from 'node:crypto';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import type { SeedBlob, SeedContent, SeedManifest } from '../fake/image-parts.ts';

/** how this client names itself, so that its requests can be told from a tool's */
export const stockAgent = 'bench-stock';

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Buffer;
}

/** A registry's back door for the benchmark: fills it before a race and looks into it after each run. */
export class Stock {
  readonly #base: string;
  readonly #authority: string;

  /**
   * @param base the registry's own address, past proxy and delay
   * @param authority the certificate that signed the registry's, as PEM
   */
  constructor(base: string, authority: string) {
    this.#base = base;
    this.#authority = authority;
  }

  async put(content: SeedContent, path: string, tag: string): Promise<void> {
    for (const blob of content.blobs) await this.putBlob(path, blob);
    for (const manifest of content.manifests) {
      await this.putManifest(path, manifest === content.root ? tag : manifest.digest, manifest);
    }
  }

  async putBlob(path: string, { digest, bytes }: SeedBlob): Promise<void> {
    const url = await this.#startUpload(path);
    url.searchParams.set('digest', digest);
    await this.#expect(201, 'PUT', url, {}, bytes);
  }

  async putManifest(path: string, reference: string, { mediaType, bytes }: SeedManifest): Promise<void> {
    await this.#expect(201, 'PUT', this.#url(`${path}/manifests/${reference}`), { 'content-type': mediaType }, bytes);
  }

  /** A blob whose digest is not known before it was sent. */
  async putStream(path: string, content: Readable): Promise<{ readonly digest: Digest; readonly size: number }> {
    const hash = createHash('sha256');
    let size = 0;
    const headers = { 'content-type': 'application/octet-stream' };
    const sent = await this.#expect(202, 'PATCH', await this.#startUpload(path), headers, Readable.from(counted()));
    const digest: Digest = `sha256:${hash.digest('hex')}`;
    const end = this.#at(sent);
    end.searchParams.set('digest', digest);
    await this.#expect(201, 'PUT', end, {});
    return { digest, size };

    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of content) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    }
  }

  /** @returns the digest of the bytes that stand at a tag; undefined where there is none */
  async digestAt(path: string, tag: string): Promise<Digest | undefined> {
    const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
    const { status, body } = await this.#send('GET', this.#url(`${path}/manifests/${tag}`), { accept });
    return status === 200 ? digestOf(body, 'sha256') : undefined;
  }

  /** Asks for nothing, so that the access log ends with a line that holds `?mark`. */
  async mark(mark: string): Promise<void> {
    await this.#expect(200, 'GET', this.#url(`?${mark}`), {});
  }

  async #startUpload(path: string): Promise<URL> {
    return this.#at(await this.#expect(202, 'POST', this.#url(`${path}/blobs/uploads/`), {}));
  }

  async #expect(
    status: number,
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array | Readable,
  ): Promise<Answer> {
    const answer = await this.#send(method, url, headers, body);
    if (answer.status !== status) throw new Error(`${method} ${url}: ${answer.status}, not ${status}: ${answer.body}`);
    return answer;
  }

  async #send(
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | Readable = Buffer.alloc(0),
  ): Promise<Answer> {
    const sending = request(url, {
      method,
      ca: this.#authority,
      headers: { 'user-agent': stockAgent, ...headers },
    });
    const answered = new Promise<Answer>((resolve, reject) => {
      sending.on('error', reject);
      sending.on('response', (response) => {
        const { statusCode = 0, headers } = response;
        buffer(response).then((body) => resolve({ status: statusCode, location: headers.location, body }), reject);
      });
    });
    if (body instanceof Uint8Array) sending.end(body);
    else await pipeline(body, sending);
    return answered;
  }

  #at({ location }: Answer): URL {
    if (location === undefined) throw new Error('the registry gave no upload location');
    return new URL(location, this.#base);
  }

  #url(below: string): URL {
    return new URL(`${this.#base}/v2/${below}`);
  }
}
