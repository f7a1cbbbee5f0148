import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../src/http/transport.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { findAttached } from '../../src/promotion/attached.ts';
import { Graph, readGraph } from '../../src/promotion/graph.ts';
import { parseJson } from '../../src/registry/json.ts';
import { RemoteRepository } from '../../src/registry/repository.ts';
import { ociIndex } from '../fake/image-parts.ts';
import { noLimits } from '../fake/limits.ts';
import { altered, MemoryRegistry } from '../fake/memory-repository.ts';
import { sending } from '../fake/sending.ts';

const digestNumber = (index: number) => digestOf(Buffer.from(String(index)), 'sha256');
const listed = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ mediaType: ociIndex, digest: digestNumber(index), size: 1 }));
const indexOf = (manifests: readonly unknown[]) =>
  parseManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests })), ociIndex, 'sha256');

/** Answers every request alike, with a page after each page. */
function answering(body: Uint8Array): RemoteRepository {
  let pages = 0;
  const transport = sending(async ({ url }): Promise<HttpResponse> => {
    pages += 1;
    return { status: 200, headers: { link: `<?last=${pages}>; rel="next"` }, body, url };
  });
  return new RemoteRepository(parseReference('from.example/app'), transport, 'source', noLimits());
}

const exceeded = { code: 'LIMIT_EXCEEDED' };

describe('S33 what many bounded answers add up to is bounded too', () => {
  it('the entries of a list of tags', async () => {
    const body = Buffer.from(JSON.stringify({ tags: Array.from({ length: 400_000 }, () => 'a') }));
    await expect(answering(body).listing()).rejects.toMatchObject(exceeded);
    await expect(Array.fromAsync(answering(body).tags())).rejects.toMatchObject(exceeded);
  });

  it('the bytes of a list of tags', async () => {
    const body = Buffer.alloc(30 * 1024 * 1024, ' ');
    body.write('{"tags":[]}');
    await expect(answering(body).listing()).rejects.toMatchObject({
      ...exceeded,
      message: expect.stringContaining('bytes'),
    });
  });

  it('the entries of a list of referrers', async () => {
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: listed(6000) }));
    await expect(answering(body).referrers(digestNumber(0))).rejects.toMatchObject({
      ...exceeded,
      message: expect.stringContaining('10000'),
    });
  });

  it.each([
    ['twice each: read once', 20, 10],
    ['more than 10,000: none is read', 10_001, 0],
  ])('what is listed as attached, %s', async (_what, count, reads) => {
    const root = indexOf([]);
    let asked = 0;
    const entries = listed(count).map((each, index) =>
      count === 20 ? { ...each, digest: digestNumber(index % 10) } : each,
    );
    const repository = altered(new MemoryRegistry('from.example').repository('app'), {
      referrers: async () => entries,
      get: async (reference) => {
        asked += reference.startsWith('sha256:') ? 1 : 0;
        return undefined;
      },
    });
    const found = findAttached(repository, Graph.of(root), new Set(), () => undefined);
    await (count === 20 ? found : expect(found).rejects.toMatchObject(exceeded));
    expect(asked).toBe(reads);
  });

  it.each([
    ['one of more than 8 MiB', 1, 8 * 1024 * 1024 + 1],
    ['together more than 256 MiB', 33, 8 * 1024 * 1024],
  ])('the manifests of an image, %s: none is read', async (_what, count, size) => {
    const root = indexOf(listed(count).map((each) => ({ ...each, size })));
    let asked = 0;
    const get = async () => {
      asked += 1;
      return undefined;
    };
    await expect(readGraph({ get }, root, 'image')).rejects.toMatchObject(exceeded);
    expect(asked).toBe(0);
  });

  it('the depth of an answer, brackets in its strings apart', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseJson(nested(65))).toBeUndefined();
    expect(parseJson(nested(64))).toBeDefined();
    const text = `\\"${'['.repeat(100)}`;
    expect(parseJson(JSON.stringify([text]))).toEqual([text]);
  });
});
