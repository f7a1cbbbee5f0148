import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attachedArtifact, multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import { type LoopbackStage, startLoopbackStage } from '../loopback-stage.ts';
import { holds, promote, type Route } from '../route.ts';
import { layBatch } from './batch.ts';
import { edit, type MadePlan, makePlan } from './plans.ts';

const index = multiPlatformIndex('applied', sixPlatforms.slice(0, 2), 300);
const image = singleImage('applied too', [200, 100]);
const old = singleImage('applied old', [100]);
const other = singleImage('applied other', [50]);
const elsewhere = `sha256:${'e'.repeat(64)}`;

describe('promote apply', () => {
  let stage: LoopbackStage;
  let indexRoute: Route;
  let imageRoute: Route;
  let imagesFile: string;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.stop());

  const lay = async () => {
    const batch = await layBatch(stage, [index, image]);
    const [first, second] = batch.routes;
    if (first === undefined || second === undefined) throw new Error('two were laid');
    [indexRoute, imageRoute, imagesFile] = [first, second, batch.imagesFile];
  };
  const stands = ({ destinationKey }: Route, content: typeof old) =>
    seed(content, stage.to.registry.store, `${destinationKey}/app`, 'v1');
  const apply = (plan: MadePlan, ...args: string[]) => promote(['apply', plan.path, ...args], {});
  const planned = (...args: string[]) => makePlan(['--images-file', imagesFile, ...args]);
  const written = () => stage.to.server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

  it('does what copy would have done: the same report, the same content', async () => {
    await lay();
    const signature = attachedArtifact('applied', index.root);
    seed(signature, stage.from.registry.store, `${indexRoute.sourceKey}/app`, 'signature');
    stands(imageRoute, old);
    const { status, report } = await apply(await planned('--allow-move'), '--allow-move');
    expect(status).toBe(0);
    expect(holds(indexRoute.live, index, 'v1') && holds(imageRoute.live, image, 'v1')).toBe(true);
    expect(indexRoute.live.manifests.has(signature.root.digest)).toBe(true);

    for (const { live } of [indexRoute, imageRoute])
      for (const kept of [live.blobs, live.manifests, live.tags]) kept.clear();
    stands(imageRoute, old);
    const copied = await promote(['--images-file', imagesFile, '--allow-move'], {});
    const { requests: _, durationMs: __, ...told } = report;
    expect(told).toEqual({ ...copied.report, requests: undefined, durationMs: undefined });
  });

  it('holds every image to the digest that passed the tests: exit 6 before any request', async () => {
    await lay();
    const { source, destination } = imageRoute;
    const one = await makePlan(['--source', source, '--dest', destination]);
    const several = await planned();
    stage.reset();
    for (const [plan, tested] of [
      [one, elsewhere],
      [several, image.root.digest],
    ] as const) {
      const { status, report } = await promote(['apply', plan.path], { _EXPECT_DIGEST: tested });
      expect(status).toBe(6);
      expect(report.error).toMatchObject({ code: 'UNEXPECTED_DIGEST', message: expect.stringContaining(tested) });
      expect([...stage.from.server.requests, ...stage.to.server.requests]).toEqual([]);
    }
    expect((await promote(['apply', one.path], { _EXPECT_DIGEST: image.root.digest })).status).toBe(0);
    expect((await promote(['apply', one.path], { _EXPECT_DIGEST: '' })).report.error?.code).toBe('USAGE');
  });

  it.each([
    ['to another image', () => other],
    ['away', () => undefined],
  ])(
    'S6 is refused where a tag moved %s after the plan: exit 6 with both digests, nothing written',
    async (_to, now) => {
      await lay();
      stands(imageRoute, old);
      const plan = await planned('--allow-move');
      const content = now();
      if (content === undefined) imageRoute.live.tags.clear();
      else stands(imageRoute, content);
      stage.reset();
      const { status, report } = await apply(plan, '--allow-move');
      expect(status).toBe(6);
      const { error } = report.images[1] ?? {};
      expect(error?.code).toBe('TAG_MOVED');
      for (const text of [imageRoute.destination, old.root.digest, content?.root.digest ?? 'nothing']) {
        expect(error?.message).toContain(text);
      }
      expect(report.images[0]?.outcome).toBe('withheld');
      expect(written()).toEqual([]);
    },
  );

  it('S30 a second time, and over what somebody else promoted meanwhile: unchanged, nothing written', async () => {
    await lay();
    const plan = await planned();
    stands(imageRoute, image);
    expect((await apply(plan)).report.images.map(({ outcome }) => outcome)).toEqual(['promoted', 'unchanged']);
    stage.reset();
    const { status, report } = await apply(plan);
    expect(status).toBe(0);
    expect(report.outcome).toBe('unchanged');
    expect(written()).toEqual([]);
  });

  it('S5 of a plan that moves a tag needs --allow-move itself', async () => {
    await lay();
    stands(imageRoute, old);
    const plan = await planned('--allow-move');
    stage.reset();
    const { status, report } = await apply(plan);
    expect(status).toBe(6);
    expect(report.images[1]?.error?.code).toBe('TAG_WOULD_MOVE');
    expect(written()).toEqual([]);
  });

  it('S4 promotes what was planned when the source tag has moved or is gone since', async () => {
    await lay();
    const plan = await planned();
    seed(other, stage.from.registry.store, `${indexRoute.sourceKey}/app`, 'v1');
    imageRoute.tested.tags.clear();
    const { status, report } = await apply(plan);
    expect(status).toBe(0);
    expect(report.images.map(({ digest }) => digest)).toEqual([index.root.digest, image.root.digest]);
    expect(holds(indexRoute.live, index, 'v1') && holds(imageRoute.live, image, 'v1')).toBe(true);
    expect(stage.from.server.seen('GET', /manifests\/v1$/)).toHaveLength(2);
  });

  it('brings what is attached in the plan, and nothing that was attached later', async () => {
    await lay();
    const [early, late] = [attachedArtifact('early', image.root), attachedArtifact('late', image.root)];
    seed(early, stage.from.registry.store, `${imageRoute.sourceKey}/app`, 'early');
    const plan = await planned();
    seed(late, stage.from.registry.store, `${imageRoute.sourceKey}/app`, 'late');
    const { status, report } = await apply(plan);
    expect(status).toBe(0);
    expect(report.images[1]?.attached).toEqual([early.root.digest]);
    expect(imageRoute.live.manifests.has(early.root.digest)).toBe(true);
    expect(imageRoute.live.manifests.has(late.root.digest)).toBe(false);
  });

  it('of an image that is gone since: exit 4, nothing written', async () => {
    await lay();
    const plan = await planned();
    imageRoute.tested.manifests.clear();
    stage.reset();
    const { status } = await apply(plan);
    expect(status).toBe(4);
    expect(written()).toEqual([]);
  });

  it('takes the reviewed plan and no other: --expect-plan', async () => {
    await lay();
    const plan = await planned();
    await edit(plan, (text) => `${text}\n`);
    stage.reset();
    const wrong = await apply(plan, '--expect-plan', plan.digest);
    expect(wrong.status).toBe(6);
    expect(wrong.report.error).toMatchObject({ code: 'WRONG_PLAN', message: expect.stringContaining(plan.digest) });
    expect([...stage.from.server.requests, ...stage.to.server.requests]).toEqual([]);
    await edit(plan, (text) => text.slice(0, -1));
    expect((await apply(plan, '--expect-plan', plan.digest)).status).toBe(0);
    expect((await apply(plan, '--expect-plan', 'sha256:abc')).status).toBe(2);
    const empty = await runPromote(['apply', plan.path], { _EXPECT_PLAN: '' });
    expect(empty.status).toBe(2);
  });

  it.each<[string, (text: string) => string]>([
    ['of another schema version', (text) => text.replace('"schemaVersion": 1', '"schemaVersion": 2')],
    ['with a field that it does not know', (text) => text.replace('"createdAt"', '"extra": 1, "createdAt"')],
    ['without a field', (text) => text.replace(/"totals": \{[^}]*\}/, '"total": {}')],
    ['without images', (text) => text.replace(/"images": [\s\S]*?,\n {2}"blobs"/, '"images": [],\n  "blobs"')],
    ['with a key twice', (text) => text.replace('"createdAt"', '"images": [], "createdAt"')],
    ['whose source is a tag', (text) => text.replace(`@${image.root.digest}`, ':v1')],
    ['whose source is another digest', (text) => text.replace(`@${image.root.digest}`, `@${elsewhere}`)],
    ['with a digest beside a destination tag', (text) => text.replace(/(to-\d+\/app:v1)"/, `$1@${image.root.digest}"`)],
    ['with a destination that has no tag', (text) => text.replace(/(to-\d+\/app):v1"/, '$1"')],
    ['with a malformed host', (text) => text.replace(/"reference": "[^/]+/, '"reference": "bad host')],
    ['with an attachment for any tag', withAttached('latest')],
    ['with an attachment for another repository', withAttached('../../else/manifests/latest')],
    ['with a malformed digest', (text) => text.replace(`"${image.root.digest}"`, '"sha256:1"')],
    ['that is cut off', (text) => text.slice(0, 300)],
    ['that is no object', () => '17'],
  ])('S32 refuses a plan %s: exit 2, before any request', async (_how, change) => {
    await lay();
    const plan = await planned();
    await edit(plan, change);
    stage.reset();
    const { status, report } = await apply(plan);
    expect(status).toBe(2);
    expect(report.error?.code).toBe('USAGE');
    expect(report.error?.message).not.toContain(': : ');
    expect([...stage.from.server.requests, ...stage.to.server.requests]).toEqual([]);
  });

  it('refuses a plan that is not there, and what is asked of it in vain: exit 2', async () => {
    await lay();
    const plan = await planned();
    const refused = async (...args: string[]) => (await promote(['apply', ...args], {})).status;
    expect(await refused(`${plan.path}.not`)).toBe(2);
    expect(await refused(plan.path, '--phase', 'both')).toBe(2);
    expect(await refused(plan.path, '--phase', 'content', '--shard', '5/4')).toBe(2);
    expect(await refused(plan.path, '--phase', 'content', '--shard', '0/4')).toBe(2);
    expect(await refused(plan.path, '--phase', 'tags', '--shard', '1/4')).toBe(2);
    expect(await refused(plan.path, '--shard', '1/4')).toBe(2);
    expect(stage.to.server.seen('PUT')).toEqual([]);
  });
});

function withAttached(tag: string): (text: string) => string {
  return (text) => text.replace('"attached": []', `"attached": [{"digest": "${image.root.digest}", "tag": "${tag}"}]`);
}
