import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { corruptByte, instead, surplus, truncated, withHeaders } from '../fake/faults.ts';
import { manifestOf, ociImage, ociIndex, type SeedContent } from '../fake/image-parts.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { holds } from './route.ts';

const elsewhere = `sha256:${'a'.repeat(64)}`;

describe('content that is not what it claims to be', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  const manifestsPut = () => stage.to.server.seen('PUT', /manifests/);

  it("S1 a source's manifest that its digest header contradicts: exit 5", async () => {
    const route = stage.route(singleImage('header', [100]));
    const fault = withHeaders({ 'docker-content-digest': elsewhere });
    stage.from.server.script.add({ target: /manifests\/v1/, fault });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error).toMatchObject({ code: 'DIGEST_MISMATCH', message: expect.stringContaining(elsewhere) });
    expect(stage.to.server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('S1 a manifest asked for by digest whose bytes are others, with an honest header: exit 5', async () => {
    const content = multiPlatformIndex('child', sixPlatforms.slice(0, 2), 100);
    const route = stage.route(content);
    stage.from.server.script.add({ target: /manifests\/sha256/, fault: corruptByte(40) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error?.code).toBe('DIGEST_MISMATCH');
    expect(manifestsPut()).toEqual([]);
  });

  it.each([
    ['small', 300],
    ['of some MiB', 2_500_000],
  ])('S1 a %s blob whose bytes are others: exit 5, neither blob nor manifest kept', async (name, size) => {
    const content = singleImage(`corrupt ${name}`, [size]);
    const layer = content.blobs[1]?.digest ?? '';
    const route = stage.route(content);
    corrupt(route.tested.blobs, layer);
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error).toMatchObject({ code: 'DIGEST_MISMATCH', message: expect.stringContaining(layer) });
    expect(route.live.blobs.has(layer)).toBe(false);
    expect(manifestsPut()).toEqual([]);
  });

  it.each([
    ['S14 short', truncated(50)],
    ['S15 surplus', surplus(7)],
  ])('%s bytes of a blob, again and again: exit 5, no manifest put', async (_what, fault) => {
    const route = stage.route(singleImage(`length ${_what}`, [300]));
    stage.from.server.script.add({ method: 'GET', target: /artifacts-downloads/, fault });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error?.code).toBe('SIZE_MISMATCH');
    expect(manifestsPut()).toEqual([]);
  });

  it.each([
    ['S14 short', truncated(1_000_000)],
    ['S15 surplus', surplus(7)],
    ['S1 altered', corruptByte(1_500_000)],
  ])('%s bytes of a layer of some MiB, once: tried again', async (what, fault) => {
    const content = singleImage(`once ${what}`, [2_000_000]);
    const layer = content.blobs[1]?.bytes.length;
    const route = stage.route(content);
    let struck = 0;
    const once: typeof fault = async (request, next) => {
      const { body } = await next();
      if (body.length !== layer || struck > 0) return next();
      struck += 1;
      return fault(request, next);
    };
    stage.from.server.script.add({ method: 'GET', target: /artifacts-downloads/, fault: once });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(struck).toBe(1);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it.each<[string, string, string]>([
    ['layers and manifests', ociIndex, '{"schemaVersion":2,"manifests":[],"layers":[]}'],
    ['a key twice', ociIndex, '{"schemaVersion":2,"manifests":[],"manifests":[]}'],
    [
      'another media type than the Content-Type',
      ociIndex,
      `{"schemaVersion":2,"mediaType":"${ociImage}","manifests":[]}`,
    ],
    ['a malformed digest', ociIndex, manifestWith('"sha256:xyz"', '5')],
    ['a negative size', ociIndex, manifestWith(`"${elsewhere}"`, '-1')],
    ['a fraction for a size', ociIndex, manifestWith(`"${elsewhere}"`, '1.5')],
    ['no JSON', ociImage, 'not JSON at all'],
    ['schema 1', 'application/vnd.docker.distribution.manifest.v1+prettyjws', '{"schemaVersion":1,"fsLayers":[]}'],
  ])('S31 S32 a manifest with %s: exit 5, nothing written', async (_what, mediaType, text) => {
    const root = manifestOf(mediaType, text);
    const { status, report } = await stage.promote(stage.route({ blobs: [], manifests: [root], root }));
    expect(status).toBe(5);
    expect(report.error?.code).toBe('MANIFEST_INVALID');
    expect(stage.to.server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('S33 a manifest larger than 8 MiB: exit 7', async () => {
    const root = manifestOf(ociImage, `{"schemaVersion":2,"x":"${'x'.repeat(8 * 1024 * 1024)}"}`);
    const { status, report } = await stage.promote(stage.route({ blobs: [], manifests: [root], root }));
    expect(status).toBe(7);
    expect(report.error?.code).toBe('LIMIT_EXCEEDED');
  });

  it('S33 an index that is nested too deep: exit 7, nothing written', async () => {
    const { status, report } = await stage.promote(stage.route(nested(9)));
    expect(status).toBe(7);
    expect(report.error?.code).toBe('LIMIT_EXCEEDED');
    expect(stage.to.server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('S2 a destination that answers 201 and keeps nothing: exit 5, not verified', async () => {
    const route = stage.route(singleImage('keeps nothing', [100]));
    stage.to.server.script.add({ method: 'PUT', target: /manifests/, fault: instead(201) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error).toMatchObject({ code: 'NOT_KEPT', message: expect.stringContaining(route.destination) });
    expect(report.images[0]).toMatchObject({ outcome: 'failed', verified: false });
  });

  it('a destination that says it keeps another digest: exit 5', async () => {
    const route = stage.route(singleImage('keeps another', [100]));
    const fault = withHeaders({ 'docker-content-digest': elsewhere });
    stage.to.server.script.add({ method: 'PUT', target: /manifests/, fault });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(5);
    expect(report.error).toMatchObject({ code: 'DIGEST_MISMATCH', message: expect.stringContaining(elsewhere) });
  });

  it('S27 a blob that is gone when the manifest is put is sent again, once', async () => {
    const content = singleImage('gone', [100]);
    const route = stage.route(content);
    const layer = content.blobs[1]?.digest ?? '';
    stage.to.server.onRequest = ({ method, target }) => {
      if (method === 'PUT' && target.endsWith('/manifests/v1') && manifestsPut().length === 1)
        route.live.blobs.delete(layer);
    };
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(manifestsPut()).toHaveLength(2);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S35 a layer with urls is taken from the registry, and never from there', async () => {
    const plain = singleImage('foreign', [100]);
    const text = Buffer.from(plain.root.bytes).toString();
    const url = `http://${stage.to.host}/foreign-layer`;
    const root = manifestOf(ociImage, text.replace('"layers":[{', `"layers":[{"urls":["${url}"],`));
    const content = { blobs: plain.blobs, manifests: [root], root };
    const route = stage.route(content);
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(stage.to.server.seen('GET', /foreign-layer/)).toEqual([]);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });
});

function corrupt(blobs: Map<string, Uint8Array>, digest: string): void {
  const bytes = Uint8Array.from(blobs.get(digest) ?? []);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  blobs.set(digest, bytes);
}

function manifestWith(digest: string, size: string): string {
  return `{"schemaVersion":2,"manifests":[{"mediaType":"${ociImage}","digest":${digest},"size":${size}}]}`;
}

function nested(levels: number): SeedContent {
  let content = singleImage('deep', [10]);
  for (let level = 0; level < levels; level += 1) {
    const { bytes, mediaType } = content.root;
    const child = { mediaType, digest: digestOf(bytes, 'sha256'), size: bytes.length };
    const root = manifestOf(ociIndex, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [child] }));
    content = { blobs: content.blobs, manifests: [...content.manifests, root], root };
  }
  return content;
}
