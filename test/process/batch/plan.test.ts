import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { heldUntil, instead } from '../../fake/faults.ts';
import {
  attachedArtifact,
  emptyConfigArtifact,
  multiPlatformIndex,
  singleImage,
  sixPlatforms,
} from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import { type LoopbackStage, startLoopbackStage } from '../loopback-stage.ts';
import { promote } from '../route.ts';
import { layBatch, writeList } from './batch.ts';
import { makePlan } from './plans.ts';

describe('promote plan', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  it('keeps what it would do as a file, prints the digest of its bytes, and writes nothing to a registry', async () => {
    const index = multiPlatformIndex('planned', sixPlatforms.slice(0, 2), 300);
    const image = singleImage('planned too', [200, 100]);
    const old = singleImage('old', [100]);
    const { routes, imagesFile } = await layBatch(stage, [index, image, old]);
    const [first, second, third] = routes;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were laid');
    const signature = attachedArtifact('planned', index.root);
    seed(signature, stage.from.registry.store, `${first.sourceKey}/app`, 'signature');
    seed(old, stage.to.registry.store, `${second.destinationKey}/app`, 'v1');
    seed(old, stage.to.registry.store, `${third.destinationKey}/app`, 'v1');
    const [there] = image.blobs;
    if (there !== undefined) second.live.blobs.set(there.digest, there.bytes);

    const plan = await makePlan(['--images-file', imagesFile, '--allow-move']);
    const bytes = await readFile(plan.path);
    expect(plan.digest).toBe(digestOf(bytes, 'sha256'));
    const document = JSON.parse(bytes.toString());
    expect(document).toMatchObject({
      schemaVersion: 1,
      images: [
        {
          source: first.source.replace(':v1', `@${index.root.digest}`),
          destinations: [{ reference: first.destination, current: null, action: 'create' }],
          attached: [{ digest: signature.root.digest }],
        },
        { destinations: [{ reference: second.destination, current: old.root.digest, action: 'move' }], attached: [] },
        { destinations: [{ reference: third.destination, current: old.root.digest, action: 'unchanged' }] },
      ],
      totals: { images: 3, destinations: 3 },
    });
    expect(document.images[0].manifests.toSorted()).toEqual(index.manifests.map(({ digest }) => digest).toSorted());
    const how = (name: string) =>
      document.blobs.filter(({ repository }: { repository: string }) => name.startsWith(`${repository}:`));
    expect(how(first.destination)).toHaveLength(index.blobs.length + signature.blobs.length);
    expect(how(second.destination).map((blob: { how: string }) => blob.how)).toEqual(['exists', 'upload', 'upload']);
    expect(how(third.destination)).toEqual([]);
    const sent = [...index.blobs, ...signature.blobs, ...image.blobs.slice(1)];
    expect(document.totals.bytesToUpload).toBe(sent.reduce((sum, blob) => sum + blob.bytes.length, 0));
    const written = stage.to.server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
    expect(written).toEqual([]);
  });

  it('on one host plans mounts, and sends what several repositories of another need once', async () => {
    const content = singleImage('how', [200]);
    const { routes } = await layBatch(stage, [content]);
    const source = routes[0]?.source ?? '';
    const dest = [`${stage.from.host}/m/app:v1`, `${stage.to.host}/m/app:v1`, `${stage.to.host}/n/app:v1`];
    const { path } = await makePlan(['--source', source, '--dest', dest.join(',')]);
    const { blobs } = JSON.parse(await readFile(path, 'utf8'));
    expect(blobs.map(({ how }: { how: string }) => how)).toEqual([
      'mount',
      'mount',
      'upload',
      'upload',
      'mount',
      'mount',
    ]);
  });

  it.each([
    ['to the same host', () => stage.from.host],
    ['to another host', () => stage.to.host],
  ])('tells how many requests it takes: %s', async (_where, host) => {
    const index = multiPlatformIndex('counted', sixPlatforms.slice(0, 3), 300);
    const { routes } = await layBatch(stage, [index, singleImage('counted too', [100, 200])]);
    const signature = emptyConfigArtifact('counted signature');
    const tag = `${index.root.digest.replace(':', '-')}.sig`;
    seed(signature, stage.from.registry.store, `${routes[0]?.sourceKey}/app`, tag);
    const live = `${host()}/counted`;
    const lines = routes.map(({ source }, number) => `${source} ${live}/${number}:v1`);
    const plan = await makePlan(['--images-file', await writeList(lines)]);
    const { totals } = JSON.parse(await readFile(plan.path, 'utf8'));
    const { report } = await promote(['apply', plan.path], {});
    expect(report.outcome).toBe('promoted');
    expect(report.requests).toBe(totals.requests);
  });

  it.each([
    ['one repository, under two tags', ['a/app:v1', 'a/app:v2']],
    ['two repositories', ['a/app:v1', 'b/app:v1']],
  ])('tells how many requests one image takes, to %s', async (_where, names) => {
    const { routes } = await layBatch(stage, [singleImage('counted alone', [100])]);
    const dest = names.map((name) => `${stage.from.host}/${routes[0]?.destinationKey}/${name}`).join(',');
    const plan = await makePlan(['--source', routes[0]?.source ?? '', '--dest', dest]);
    const { totals } = JSON.parse(await readFile(plan.path, 'utf8'));
    const { report } = await promote(['apply', plan.path], {});
    expect(report.outcome).toBe('promoted');
    expect(report.requests).toBe(totals.requests);
  });

  it('shows a person what goes where, from where, and what stood there', async () => {
    const content = singleImage('shown', [200]);
    const { routes } = await layBatch(stage, [content]);
    const [route] = routes;
    if (route === undefined) throw new Error('one was laid');
    const old = singleImage('shown old', [100]);
    seed(old, stage.to.registry.store, `${route.destinationKey}/app`, 'v1');
    const [ours, theirs] = [emptyConfigArtifact('shown ours'), emptyConfigArtifact('shown theirs')];
    const tag = `${content.root.digest.replace(':', '-')}.sig`;
    seed(ours, stage.from.registry.store, `${route.sourceKey}/app`, tag);
    seed(theirs, stage.to.registry.store, `${route.destinationKey}/app`, tag);
    const { status, stdout } = await runPromote(['plan', route.source, route.destination, '--allow-move'], {});
    expect(status).toBe(0);
    const signature = `${tag} now at ${theirs.root.digest}: moves with --allow-move, else it is left`;
    for (const text of ['move', route.destination, content.root.digest, old.root.digest, signature])
      expect(stdout).toContain(text);
  });

  it('S5 is refused, and no file is written, where a tag would move', async () => {
    const { routes } = await layBatch(stage, [singleImage('refused', [200])]);
    const [route] = routes;
    if (route === undefined) throw new Error('one was laid');
    seed(singleImage('refused old', [100]), stage.to.registry.store, `${route.destinationKey}/app`, 'v1');
    const path = `${route.destinationKey.replace('/', '-')}.json`;
    const { status, stdout } = await runPromote(
      ['plan', route.source, route.destination, '--output', path, '--format', 'json'],
      {},
    );
    expect(status).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed', images: [{ error: { code: 'TAG_WOULD_MOVE' } }] });
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('that may not look at a blob ends with that fault, whatever else is under way', async () => {
    const contents = [singleImage('closed', [200]), singleImage('slow', [200])];
    const { routes, imagesFile } = await layBatch(stage, contents);
    const [closed, slow] = routes;
    const denied = Promise.withResolvers<void>();
    stage.to.server.script.add({
      method: 'HEAD',
      target: new RegExp(`${closed?.destinationKey}/app/blobs/`),
      fault: async (request, next) => {
        const answer = await instead(403)(request, next);
        setTimeout(denied.resolve, 300);
        return answer;
      },
    });
    const fault = heldUntil(denied.promise);
    stage.from.server.script.add({ target: new RegExp(`${slow?.sourceKey}/app/referrers/`), fault });
    const { status, stdout, stderr } = await runPromote(['plan', '--images-file', imagesFile, '--format', 'json'], {});
    expect(status, stderr).toBe(3);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining(closed?.destinationKey ?? ''),
    });
  });
});
