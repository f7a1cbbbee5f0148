import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { afterwards, beforehand } from '../fake/faults.ts';
import type { SeedContent } from '../fake/image-parts.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { holds, type Route } from './route.ts';

describe('what a promotion refuses', () => {
  let stage: LoopbackStage;
  let folder: string;
  const old = singleImage('old', [100]);
  const other = singleImage('of another writer', [100]);

  beforeAll(async () => {
    stage = await startLoopbackStage();
    folder = await mkdtemp(join(tmpdir(), 'promote-policy-'));
  });
  beforeEach(() => stage.reset());
  afterAll(async () => {
    await stage.stop();
    await rm(folder, { recursive: true });
  });

  const writes = () => stage.to.server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

  it('S5 a destination tag at another digest: exit 6, both digests named, nothing written', async () => {
    const content = singleImage('move', [100]);
    const route = stage.route(content);
    standAt(route, old);
    const { status, report } = await stage.promote(route);
    expect(status).toBe(6);
    const { code, message = '', hint } = report.error ?? {};
    expect(code).toBe('TAG_WOULD_MOVE');
    for (const part of [route.destination, old.root.digest, content.root.digest]) expect(message).toContain(part);
    expect(hint).toContain('--allow-move');
    expect(writes()).toEqual([]);
    expect(route.live.tags.get('v1')).toBe(old.root.digest);
  });

  it('S5 moves it when asked to, and reports what it stood at', async () => {
    const content = singleImage('allowed move', [100]);
    const route = stage.route(content);
    standAt(route, old);
    const { status, report } = await stage.promote(route, '--allow-move');
    expect(status).toBe(0);
    expect(report.images[0]).toMatchObject({ outcome: 'promoted', previousDigest: old.root.digest, verified: true });
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('one of several tags that would move: none is put', async () => {
    const route = stage.route(singleImage('one of several', [100]));
    standAt(route, old);
    const { status, report } = await stage.promote(
      { ...route, destination: route.destination.replace(':v1', '') },
      '--dest-tag',
      'v0 v1 v2',
    );
    expect(status).toBe(6);
    expect(report.images.every(({ outcome }) => outcome === 'failed' || outcome === 'withheld')).toBe(true);
    expect([...route.live.tags.keys()]).toEqual(['v1']);
  });

  it('a source that is not the expected digest: exit 6 before anything is written', async () => {
    const route = stage.route(singleImage('not expected', [100]));
    const { status, report } = await stage.promote(route, '--expect-digest', old.root.digest);
    expect(status).toBe(6);
    expect(report.error).toMatchObject({
      code: 'UNEXPECTED_DIGEST',
      message: expect.stringContaining(old.root.digest),
    });
    expect(writes()).toEqual([]);
  });

  it.each([
    ['sha256:…', ''],
    ['NAME@sha256:…', 'registry.example/app@'],
  ])('takes the expected digest from the first line of a file: %s', async (form, prefix) => {
    const content = singleImage(`expected ${form}`, [100]);
    const file = join(folder, `expected-${prefix.length}`);
    await writeFile(file, `${prefix}${content.root.digest}\nsha256:nothing\n`);
    const right = await stage.promote(stage.route(content), '--expect-digest-file', file);
    expect(right.status).toBe(0);
    const wrong = await stage.promote(stage.route(singleImage('another', [100])), '--expect-digest-file', file);
    expect(wrong.status).toBe(6);
    expect(wrong.report.error?.code).toBe('UNEXPECTED_DIGEST');
  });

  it('S6 a tag that another writer made while the content was copied: exit 6, nothing put', async () => {
    const route = stage.route(multiPlatformIndex('meanwhile', sixPlatforms.slice(0, 2), 200));
    const moved = afterwards(() => standAt(route, other));
    stage.to.server.script.add({ method: 'PUT', target: /uploads/, nth: [1], fault: moved });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(6);
    expect(report.error).toMatchObject({ code: 'TAG_MOVED', message: expect.stringContaining(other.root.digest) });
    expect(stage.to.server.seen('PUT', /manifests\/v1$/)).toEqual([]);
    expect(route.live.tags.get('v1')).toBe(other.root.digest);
  });

  it('S6 a tag that was to be moved, and moved elsewhere meanwhile: exit 6, also with --allow-move', async () => {
    const route = stage.route(singleImage('moved elsewhere', [200]));
    standAt(route, old);
    const moved = beforehand(() => standAt(route, other));
    stage.to.server.script.add({ method: 'HEAD', target: /manifests\/v1$/, nth: [1], fault: moved });
    const { status, report } = await stage.promote(route, '--allow-move');
    expect(status).toBe(6);
    expect(report.error?.code).toBe('TAG_MOVED');
    expect(stage.to.server.seen('PUT', /manifests\/v1$/)).toEqual([]);
  });

  it('S6 a tag that another writer moved between our PUT and the reading back: exit 6', async () => {
    const route = stage.route(singleImage('overwritten', [200]));
    const moved = afterwards(() => standAt(route, other));
    stage.to.server.script.add({ method: 'PUT', target: /manifests\/v1$/, fault: moved });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(6);
    expect(report.error).toMatchObject({ code: 'TAG_MOVED', message: expect.stringContaining(other.root.digest) });
    expect(report.images[0]).toMatchObject({ outcome: 'failed', verified: false });
  });
});

function standAt({ live }: Route, content: SeedContent): void {
  for (const { digest, bytes } of content.blobs) live.blobs.set(digest, bytes);
  for (const { digest, mediaType, bytes } of content.manifests) live.putManifest(digest, mediaType, bytes);
  live.tags.set('v1', content.root.digest);
}
