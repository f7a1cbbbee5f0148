import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instead } from '../../fake/faults.ts';
import { ociImage, ociIndex, type SeedContent, type SeedManifest } from '../../fake/image-parts.ts';
import {
  attachedArtifact,
  emptyConfigArtifact,
  multiPlatformIndex,
  singleImage,
  sixPlatforms,
} from '../../fake/images.ts';
import { keepFallbackTag } from '../../fake/lists.ts';
import { runPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import type { StoredRepository } from '../../fake/store.ts';
import { type LoopbackStage, startLoopbackStage } from '../loopback-stage.ts';
import { holds, promote, type Route } from '../route.ts';

const image = multiPlatformIndex('signed', sixPlatforms.slice(0, 2), 300);

describe('what is attached to an image', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  const attach = (name: string, subject: SeedManifest, { tested }: Route): SeedContent => {
    const artifact = attachedArtifact(name, subject);
    for (const { digest, bytes } of artifact.blobs) tested.blobs.set(digest, bytes);
    tested.putManifest(artifact.root.digest, artifact.root.mediaType, artifact.root.bytes);
    if (stage.from.registry.behaviour.referrers === 'absent') keepFallbackTag(tested, subject.digest);
    return artifact;
  };
  const attachByTag = (suffix: string, subject: SeedManifest, { sourceKey }: Route): SeedContent => {
    const artifact = emptyConfigArtifact(`${suffix} of ${subject.digest}`);
    seed(artifact, stage.from.registry.store, `${sourceKey}/app`, cosignTag(suffix, subject));
    return artifact;
  };

  describe.each(['served', 'absent'] as const)('at a source where the referrers API is %s', (atSource) => {
    it.each(['served', 'absent'] as const)('and a destination where it is %s, arrives and is listed', async (there) => {
      stage.from.registry.behaviour.referrers = atSource;
      stage.to.registry.behaviour.referrers = there;
      const route = stage.route(image);
      const [child] = image.manifests;
      if (child === undefined) throw new Error('an index has children');
      const [sbom, provenance] = [attach('sbom', image.root, route), attach('provenance', image.root, route)];
      const signature = attach('signature of the sbom', sbom.root, route);
      const ofChild = attach('of a child', child, route);
      const byTag = ['sig', 'att', 'sbom'].map((suffix) => attachByTag(suffix, image.root, route));

      const { status, report, stderr } = await stage.promote(route);
      expect(status, stderr).toBe(0);
      expect(report.warnings).toBeUndefined();
      const artifacts = [sbom, provenance, signature, ofChild, ...byTag];
      expect(report.images[0]?.attached?.toSorted()).toEqual(artifacts.map(({ root }) => root.digest).toSorted());
      for (const { root, blobs } of artifacts) {
        expect(Buffer.from(route.live.manifests.get(root.digest)?.bytes ?? [])).toEqual(root.bytes);
        for (const { digest } of blobs) expect(route.live.blobs.has(digest)).toBe(true);
      }
      for (const { root } of byTag) expect(route.live.tagsOf(root.digest)).toHaveLength(1);
      expect(listedUnder(image.root, route.live).toSorted()).toEqual([sbom, provenance].map(digestOf).toSorted());
      expect(listedUnder(sbom.root, route.live)).toEqual([signature.root.digest]);
      expect(listedUnder(child, route.live)).toEqual([ofChild.root.digest]);
      expect(holds(route.live, image, 'v1')).toBe(true);
      const last = stage.to.server.seen('PUT').at(-1);
      expect(last?.target).toMatch(/manifests\/v1$/);

      stage.to.server.requests.length = 0;
      const again = await stage.promote(route);
      expect(again.report.outcome).toBe('unchanged');
      expect(stage.to.server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    });
  });

  it('is put beside what is listed under the fallback tag already', async () => {
    stage.to.registry.behaviour.referrers = 'absent';
    const route = stage.route(image);
    const theirs = attachedArtifact('theirs', image.root);
    seed(theirs, stage.to.registry.store, `${route.destinationKey}/app`, 'theirs');
    keepFallbackTag(route.live, image.root.digest);
    const ours = attach('ours', image.root, route);
    expect((await stage.promote(route)).status).toBe(0);
    expect(listedUnder(image.root, route.live).toSorted()).toEqual([theirs, ours].map(digestOf).toSorted());
  });

  it('and was signed after the image was promoted: the second run brings the signature alone', async () => {
    const route = stage.route(image);
    await stage.promote(route);
    const [signature, byTag] = [attach('later', image.root, route), attachByTag('sig', image.root, route)];
    stage.reset();
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report).toMatchObject({ outcome: 'promoted', images: [{ verified: true }] });
    expect(report.images[0]?.attached).toEqual([signature.root.digest, byTag.root.digest]);
    expect(
      stage.to.server
        .seen('PUT', /manifests/)
        .map(({ target }) => target.split('/').at(-1))
        .toSorted(),
    ).toEqual([signature.root.digest, byTag.root.digest, cosignTag('sig', image.root)].toSorted());
  });

  it('stays with --no-attached, or _NO_ATTACHED, and is not even asked for', async () => {
    const route = stage.route(image);
    attach('sbom', image.root, route);
    attachByTag('sig', image.root, route);
    const { status, report } = await promote([route.source, route.destination], { _NO_ATTACHED: 'true' });
    expect(status).toBe(0);
    expect(report.images[0]?.attached).toBeUndefined();
    expect([...route.live.manifests.keys()].toSorted()).toEqual(image.manifests.map(({ digest }) => digest).toSorted());
    expect(stage.from.server.seen('GET', /referrers|sha256-/)).toEqual([]);
  });

  it('is what verify looks for too, unless it is left', async () => {
    const route = stage.route(image);
    const sbom = attach('sbom', image.root, route);
    attachByTag('sig', image.root, route);
    const verify = async (...options: string[]) => {
      const { status, stdout } = await runPromote(
        ['verify', route.source, route.destination, '--format', 'json', ...options],
        {},
      );
      return { status, missing: JSON.parse(stdout).missing };
    };

    expect((await promote([route.source, route.destination, '--no-attached'], {})).status).toBe(0);
    const { status, missing } = await verify();
    expect(status).toBe(4);
    expect(missing).toEqual([
      expect.stringContaining(`@${sbom.root.digest}`),
      expect.stringContaining(`:${cosignTag('sig', image.root)}`),
    ]);
    expect(await verify('--no-attached')).toEqual({ status: 0, missing: [] });

    expect((await stage.promote(route)).status).toBe(0);
    expect(await verify()).toEqual({ status: 0, missing: [] });
  });

  it('and is listed with another size is taken as it is; what is not there, or not attached, is left with a warning', async () => {
    const route = stage.route(singleImage('listed', [100]));
    const { root } = singleImage('listed', [100]);
    const real = attach('real', root, route);
    const stranger = emptyConfigArtifact('stranger');
    seed(stranger, stage.from.registry.store, `${route.sourceKey}/app`, 'stranger');
    const missing = `sha256:${'d'.repeat(64)}`;
    listInstead(stage, root, [real.root.digest, stranger.root.digest, missing]);
    const { status, report, stderr } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report.images[0]?.attached).toEqual([real.root.digest]);
    expect(report.warnings).toEqual([expect.stringContaining(stranger.root.digest), expect.stringContaining(missing)]);
    expect(stderr).toContain(missing);
  });

  it('S1 and has other bytes than its digest says: exit 5, no tag', async () => {
    const route = stage.route(image);
    const { root } = attach('altered', image.root, route);
    route.tested.putManifest(root.digest, root.mediaType, Buffer.from(`${Buffer.from(root.bytes)} `));
    const { status } = await stage.promote(route);
    expect(status).toBe(5);
    expect(route.live.tags.size).toBe(0);
  });

  it('is found on every page of the list', async () => {
    const { root } = singleImage('pages', [100]);
    const route = stage.route(singleImage('pages', [100]));
    const artifacts = ['a', 'b', 'c'].map((name) => attach(`page ${name}`, root, route));
    for (const [index, { root: artifact }] of artifacts.entries()) {
      const target = new RegExp(`referrers/${root.digest}${index === 0 ? '$' : `\\?page=${index}`}`);
      const next = `</v2/${route.sourceKey}/app/referrers/${root.digest}?page=${index + 1}>; rel="next"`;
      const link: Record<string, string> = index < 2 ? { link: next } : {};
      stage.from.server.script.add({ target, fault: listing([artifact.digest], link) });
    }
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report.images[0]?.attached).toEqual(artifacts.map(digestOf));
  });

  it('is nothing where the list is null, as some servers say it; exit 7 where the answer is no list', async () => {
    const route = stage.route(singleImage('null', [100]));
    const answer = (body: string) => instead(200, { 'content-type': ociIndex }, body);
    const fault = answer(`{"schemaVersion":2,"mediaType":"${ociIndex}","manifests":null}`);
    stage.from.server.script.add({ target: /referrers/, fault });
    expect((await stage.promote(route)).status).toBe(0);
    stage.from.server.script.clear();
    stage.from.server.script.add({ target: /referrers/, fault: answer('{"manifests":[{"digest":"sha256:1"}]}') });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error?.code).toBe('PROTOCOL');
  });

  it('S33 is listed without an end: exit 7, no tag', async () => {
    const content = singleImage('endless', [100]);
    const route = stage.route(content);
    let page = 0;
    stage.from.server.script.add({
      target: /referrers/,
      fault: (request, next) => {
        page += 1;
        const link = `</v2/${route.sourceKey}/app/referrers/${content.root.digest}?page=${page}>; rel="next"`;
        return listing([], { link })(request, next);
      },
    });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error?.code).toBe('LIMIT_EXCEEDED');
    expect(route.live.tags.size).toBe(0);
  });

  it('S7 S9 is listed on a page of another host: exit 7, nobody is asked there', async () => {
    const content = singleImage('elsewhere', [100]);
    const route = stage.route(content);
    const link = `<http://${stage.to.host}/v2/stolen/referrers/${content.root.digest}>; rel="next"`;
    stage.from.server.script.add({ target: /referrers/, fault: listing([], { link }) });
    const { status } = await stage.promote(route);
    expect(status).toBe(7);
    expect(stage.to.server.seen('GET', /stolen/)).toEqual([]);
  });

  it('under a cosign tag that stands at something else is left there, with a warning', async () => {
    const route = stage.route(image);
    const signature = attachByTag('sig', image.root, route);
    const theirs = emptyConfigArtifact('theirs');
    seed(theirs, stage.to.registry.store, `${route.destinationKey}/app`, cosignTag('sig', image.root));
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(route.live.tags.get(cosignTag('sig', image.root))).toBe(theirs.root.digest);
    expect(report.warnings).toEqual([expect.stringContaining(signature.root.digest)]);
  });

  it('of an image that has nothing costs a question and three names a manifest, beside the mounts', async () => {
    const [leaving, following] = [stage.route(image), stage.route(image)];
    const left = await promote([leaving.source, leaving.destination, '--no-attached'], {});
    const followed = await stage.promote(following);
    const names = 3 * image.manifests.length;
    // Whether the source has the referrers API is asked with the first.
    const fallback = 1;
    expect(followed.report.requests - left.report.requests).toBe(image.manifests.length + names + fallback);
    expect(stage.to.server.seen('PUT', /manifests/).length).toBe(2 * image.manifests.length);
  });
});

function listInstead(stage: LoopbackStage, subject: SeedManifest, digests: readonly string[]): void {
  stage.from.server.script.add({ target: new RegExp(`referrers/${subject.digest}`), fault: listing(digests) });
}

/** Answers with a list of referrers whose sizes are all wrong. */
function listing(digests: readonly string[], headers: Record<string, string> = {}) {
  const manifests = digests.map((digest) => ({ mediaType: ociImage, digest, size: 7 }));
  const body = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests });
  return instead(200, { 'content-type': ociIndex, ...headers }, body);
}

/** What a client without the referrers API finds. */
function listedUnder({ digest }: SeedManifest, repository: StoredRepository): string[] {
  const bytes = repository.manifest(digest.replace(':', '-'))?.bytes;
  const { manifests }: { manifests: { digest: string }[] } = JSON.parse(Buffer.from(bytes ?? []).toString());
  return manifests.map((each) => each.digest);
}

function digestOf({ root }: SeedContent): string {
  return root.digest;
}

function cosignTag(suffix: string, { digest }: SeedManifest): string {
  return `${digest.replace(':', '-')}.${suffix}`;
}
