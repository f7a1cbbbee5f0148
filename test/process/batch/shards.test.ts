import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeedContent } from '../../fake/image-parts.ts';
import { singleImage } from '../../fake/images.ts';
import { startPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import { contentOf } from '../../promotion/arbitrary-batch.ts';
import { incompleteTags } from '../../promotion/completeness.ts';
import { type LoopbackStage, startLoopbackStage } from '../loopback-stage.ts';
import { promote } from '../route.ts';
import { writeList } from './batch.ts';
import { type MadePlan, makePlan } from './plans.ts';

const repositories = 20;
const tagsEach = 50;
const shards = [1, 2, 3, 4];

describe('a plan of a thousand images, in four shards', { timeout: 300_000 }, () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => {
    stage.reset();
    for (const { registry } of [stage.from, stage.to]) registry.store.repositories.clear();
  });
  afterAll(() => stage.stop());

  const apply = (plan: MadePlan, ...args: string[]) => promote(['apply', plan.path, ...args], {});
  const shard = (plan: MadePlan, index: number) => apply(plan, '--phase', 'content', '--shard', `${index}/4`);

  it('at once, then the tags: complete, and nothing is sent twice within a shard', async () => {
    const contents = layThousand(stage);
    const plan = await planThousand(stage);
    const runs = await Promise.all(shards.map((index) => shard(plan, index)));
    for (const { status, report } of runs) {
      expect(status).toBe(0);
      expect(report.images).toHaveLength(250);
      expect(new Set(report.images.map(({ outcome }) => outcome))).toEqual(new Set(['planned']));
    }
    expect(allTags(stage)).toEqual([]);
    // A shard is a slice of neighbours: five repositories each.
    const uploads = stage.to.server.seen('PUT', /artifacts-uploads/).length;
    expect(uploads).toBe(runs.reduce((sum, { report }) => sum + report.blobs.uploaded, 0));
    // Of its own each image has a layer; the other eight and the config are sent once a shard, and mounted from there.
    expect(uploads).toBe(1000 + 4 * 9);
    expect(runs.reduce((sum, { report }) => sum + report.blobs.mounted, uploads)).toBe(blobsIn(stage));
    expect(stage.to.server.seen('PUT', /manifests\/sha256:/)).toHaveLength(1000);

    const { status, report } = await apply(plan, '--phase', 'tags');
    expect(status).toBe(0);
    expect(report.images).toHaveLength(1000);
    for (const { destination, outcome, verified } of report.images) {
      expect({ destination, outcome, verified }).toEqual({ destination, outcome: 'promoted', verified: true });
    }
    expect(stage.to.server.seen('PUT', /artifacts-uploads/)).toHaveLength(uploads);
    expect(incompleteTags(stage.to.registry.store)).toEqual([]);
    expect(allTags(stage).toSorted()).toEqual(
      contents.map(({ name, content }) => `${name} ${content.root.digest}`).toSorted(),
    );
  });

  it('one of them killed: the tags are refused with what is missing; run again, it completes', async () => {
    const contents = layThousand(stage);
    const plan = await planThousand(stage);
    const third = startPromote(['apply', plan.path, '--phase', 'content', '--shard', '3/4'], {});
    // The third shard's repositories are r10 to r14.
    let put = 0;
    stage.to.server.onRequest = ({ method, target }) => {
      if (method !== 'PUT' || !/live\/r1[0-4]\/app\/manifests\/sha256:/.test(target)) return;
      put += 1;
      if (put === 100) third.kill('SIGKILL');
    };
    const others = Promise.all([1, 2, 4].map((index) => shard(plan, index)));
    expect((await third.result).signal).toBe('SIGKILL');
    expect((await others).map(({ status }) => status)).toEqual([0, 0, 0]);
    stage.to.server.onRequest = undefined;

    const refused = await apply(plan, '--phase', 'tags');
    expect(refused.status).toBe(4);
    expect(allTags(stage)).toEqual([]);
    const missing = contents.filter(
      ({ path, content }) => !stage.to.registry.store.at(path).manifests.has(content.root.digest),
    );
    expect(missing.length).toBeGreaterThan(0);
    const failed = refused.report.images.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ destination }) => destination).toSorted()).toEqual(
      missing.map(({ name }) => `${stage.to.host}/${name}`).toSorted(),
    );
    for (const { digest, error } of failed) {
      expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(digest ?? '') });
    }

    expect((await shard(plan, 3)).status).toBe(0);
    expect((await apply(plan, '--phase', 'tags')).status).toBe(0);
    expect(incompleteTags(stage.to.registry.store)).toEqual([]);
    expect(allTags(stage)).toHaveLength(1000);
  });

  it('are the tasks of a Cloud Run job where no shard is given', async () => {
    const contents = ['a', 'b', 'c'].map((name) => ({ name, content: singleImage(`task ${name}`, [50]) }));
    for (const { name, content } of contents) seed(content, stage.from.registry.store, `tasks/${name}`, 'v1');
    const names = contents.map(({ name }) => `${stage.from.host}/tasks/${name}:v1 ${stage.to.host}/tasks/${name}:v1`);
    const plan = await makePlan(['--images-file', await writeList(names), '--no-attached']);
    const environment = { CLOUD_RUN_TASK_INDEX: '1', CLOUD_RUN_TASK_COUNT: '3' };
    const { status, report } = await promote(['apply', plan.path, '--phase', 'content'], environment);
    expect(status).toBe(0);
    expect(report.images.map(({ digest }) => digest)).toEqual([contents[1]?.content.root.digest]);
    expect(stage.to.registry.store.at('tasks/a').manifests.size).toBe(0);
    const tags = await promote(['apply', plan.path, '--phase', 'tags'], environment);
    expect(tags.status).toBe(4);
    expect(tags.report.images).toHaveLength(3);
  });
});

/** Images of a few shared layers each, below `tested/`. @returns them with their destinations, `PATH:TAG` */
function layThousand(stage: LoopbackStage): { name: string; path: string; content: SeedContent }[] {
  return Array.from({ length: repositories * tagsEach }, (_, number) => {
    const [repository, tag] = [Math.floor(number / tagsEach), `t${number % tagsEach}`];
    // Twice the same layer set is the same image: the layer of its own makes each differ.
    const content = contentOf({ layers: [number % 5, 5 + (number % 3), 1000 + number] });
    seed(content, stage.from.registry.store, `tested/r${repository}/app`, tag);
    const path = `live/r${repository}/app`;
    return { name: `${path}:${tag}`, path, content };
  });
}

async function planThousand(stage: LoopbackStage): Promise<MadePlan> {
  const lines = Array.from({ length: repositories * tagsEach }, (_, number) => {
    const image = `r${Math.floor(number / tagsEach)}/app:t${number % tagsEach}`;
    return `${stage.from.host}/tested/${image} ${stage.to.host}/live/${image}`;
  });
  const plan = await makePlan(['--images-file', await writeList(lines), '--no-attached']);
  expect(JSON.parse(await readFile(plan.path, 'utf8')).images).toHaveLength(lines.length);
  stage.reset();
  return plan;
}

function allTags(stage: LoopbackStage): string[] {
  return [...stage.to.registry.store.repositories].flatMap(([path, { tags }]) =>
    [...tags].map(([tag, digest]) => `${path}:${tag} ${digest}`),
  );
}

function blobsIn(stage: LoopbackStage): number {
  return [...stage.to.registry.store.repositories.values()].reduce((sum, { blobs }) => sum + blobs.size, 0);
}
