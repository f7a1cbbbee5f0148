import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeedContent } from '../fake/image-parts.ts';
import {
  dockerSchema2Image,
  dockerSchema2List,
  emptyConfigArtifact,
  multiPlatformIndex,
  nestedIndex,
  oddlyWrittenImage,
  singleImage,
  sixPlatforms,
} from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage, us } from './google-stage.ts';
import { holds, promote, type Route } from './route.ts';

describe('a promotion between two Artifact Registry repositories', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  it('needs substitutions only: same location', async () => {
    const content = multiPlatformIndex('substitutions', sixPlatforms, 900);
    const route = stage.route(content);
    const result = await runPromote([], {
      ...stage.world.environment,
      ...substitutions(route),
      PROJECT_ID: 'elsewhere',
      LOCATION: 'global',
      _LOCATION: 'us-central1',
      _FORMAT: 'json',
    });
    expect(result.status).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      outcome: 'promoted',
      images: [
        {
          source: `${route.source.slice(0, -':v1'.length)}@${content.root.digest}`,
          destination: route.destination,
          digest: content.root.digest,
          outcome: 'promoted',
          verified: true,
        },
      ],
    });
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it("takes PROJECT_ID and LOCATION of the build where the source's are not given; a flag wins over a substitution", async () => {
    const content = singleImage('defaults', [300]);
    const route = stage.route(content, europe);
    const { _SOURCE_PROJECT, ...rest } = substitutions(route);
    const result = await promote(['--dest-tag', 'v2,v3', '--dest-location=europe-west1'], {
      ...stage.world.environment,
      ...rest,
      PROJECT_ID: _SOURCE_PROJECT,
      LOCATION: 'us-central1',
      _DEST_LOCATION: 'us-central1',
      _DEST_TAG: 'ignored',
      _EXPECT_DIGEST: content.root.digest,
    });
    expect(result.status).toBe(0);
    expect(result.report.images.map(({ destination }) => destination)).toEqual(
      ['v2', 'v3'].map((tag) => route.destination.replace(/v1$/, tag)),
    );
    expect([...route.live.tags]).toEqual([
      ['v2', content.root.digest],
      ['v3', content.root.digest],
    ]);
  });

  it('on one host asks no more than it must: children and mounts in parallel over one HTTP/2 connection', async () => {
    const content = multiPlatformIndex('counted', sixPlatforms, 900);
    const { report } = await stage.promote(stage.route(content));
    expect(stage.counts()).toEqual({
      'GET manifest': 1 + 6 + 1 + 7,
      'HEAD manifest': 1,
      'POST mount': content.blobs.length,
      'PUT manifest': 7,
    });
    expect(report.requests).toBe(stage.world.server.requests.length);
    expect(report.blobs).toEqual({ mounted: content.blobs.length, uploaded: 0, existing: 0 });
    expect(report.bytesUploaded).toBe(0);
    expect(
      new Set(stage.world.server.requests.map(({ protocol, connection }) => `${protocol} ${connection}`)).size,
    ).toBe(1);
    expect(stage.world.server.requests[0]?.protocol).toBe('h2');
    expect(stage.world.proxy.connects).toEqual([`${us}:443`]);
  });

  it('between two hosts sends each blob once: HEAD, GET and its download, POST, PUT; one connection a host', async () => {
    const content = multiPlatformIndex('counted apart', sixPlatforms, 900);
    const route = stage.route(content, europe);
    const { report } = await stage.promote(route);
    const blobs = content.blobs.length;
    expect(stage.counts()).toEqual({
      'GET manifest': 1 + 6 + 1 + 7,
      'HEAD manifest': 1,
      'HEAD blob': blobs,
      'GET blob': blobs,
      'GET download': blobs,
      'POST session': blobs,
      'PUT upload': blobs,
      'PUT manifest': 7,
    });
    expect(report.blobs).toEqual({ mounted: 0, uploaded: blobs, existing: 0 });
    expect(report.bytesUploaded).toBe(content.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(stage.world.proxy.connects.toSorted()).toEqual([`${europe}:443`, `${us}:443`]);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S30 a second run writes nothing, by two requests', async () => {
    const content = multiPlatformIndex('twice', sixPlatforms.slice(0, 2), 500);
    const route = stage.route(content);
    await stage.promote(route);
    stage.reset();
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report).toMatchObject({ outcome: 'unchanged', images: [{ outcome: 'unchanged', verified: true }] });
    expect(stage.counts()).toEqual({ 'GET manifest': 2 });
  });

  it.each<[string, SeedContent]>([
    ['a single image', singleImage('kind', [400, 0])],
    ['a nested index', nestedIndex('kind')],
    ['an artifact with an empty config', emptyConfigArtifact('kind')],
    ['a Docker schema 2 image', dockerSchema2Image('kind', [300])],
    ['a Docker schema 2 list', dockerSchema2List('kind', sixPlatforms.slice(0, 3), 300)],
    ['S13 a manifest with odd white space and unknown fields', oddlyWrittenImage('kind')],
    ['an image with a layer of some MiB', singleImage('kind large', [3_000_000])],
  ])('brings %s over, byte for byte', async (_name, content) => {
    const route = stage.route(content, europe);
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report.images[0]?.digest).toBe(content.root.digest);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('takes a source by digest when the destination names a tag, and whole references from substitutions', async () => {
    const content = singleImage('by digest', [200]);
    const route = stage.route(content);
    const source = route.source.replace(':v1', `@${content.root.digest}`);
    route.tested.tags.clear();
    const { status } = await promote([], { ...stage.world.environment, _SOURCE: source, _DEST: route.destination });
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('has a source without a project of its own promoted through --image with its tag', async () => {
    const content = singleImage('image with tag', [200]);
    const route = stage.route(content);
    const { _TAG, ...rest } = substitutions(route);
    const { status } = await promote(['--image', `app:${_TAG}`, '--location', 'us-central1'], {
      ...stage.world.environment,
      ...rest,
    });
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it('S4 promotes the digest that it read first when the source tag moves meanwhile; the tag is read once', async () => {
    const content = multiPlatformIndex('moving source', sixPlatforms.slice(0, 2), 500);
    const route = stage.route(content, europe);
    stage.world.server.onRequest = ({ target }) => {
      if (target.includes('@') || target.includes('/blobs/'))
        route.tested.tags.set('v1', content.manifests[0]?.digest ?? '');
    };
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(route.tested.tags.get('v1')).not.toBe(content.root.digest);
    expect(report.images[0]?.digest).toBe(content.root.digest);
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(stage.world.server.seen('GET', new RegExp(`${route.sourceKey}/app/manifests/v1$`))).toHaveLength(1);
  });
});

function substitutions({ sourceKey, destinationKey }: Route) {
  return {
    _SOURCE_PROJECT: sourceKey.split('/')[0] ?? '',
    _SOURCE_REPO: sourceKey.split('/')[1] ?? '',
    _DEST_PROJECT: destinationKey.split('/')[0] ?? '',
    _DEST_REPO: destinationKey.split('/')[1] ?? '',
    _IMAGE: 'app',
    _TAG: 'v1',
  };
}
