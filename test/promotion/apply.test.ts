import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { apply } from '../../src/promotion/apply.ts';
import { type PlanDocument, parsePlan, planBytes } from '../../src/promotion/plan-document.ts';
import { prepare } from '../../src/promotion/prepare.ts';
import { promote } from '../../src/promotion/promote.ts';
import { emptyConfigArtifact } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { type BatchImage, batch, contentOf, lay, misfortunes, requestFor } from './arbitrary-batch.ts';
import { incompleteTags } from './completeness.ts';
import { MemoryWorld } from './memory-world.ts';

const hosts = ['one.example', 'two.example'];
const policy = { allowMove: true, onFailure: 'withhold' as const };
const whole = { index: 1, count: 1 };

describe('a plan of any images', () => {
  it('applied whole, or in any number of shards and then the tags, gives what copy gives', async () => {
    await fc.assert(
      fc.asyncProperty(batch, fc.integer({ min: 1, max: 7 }), async (images, count) => {
        const copied = laid(images);
        await promote(requestFor(images, policy), copied);

        const { world, document } = await planned(images);
        const report = await apply(document, { phase: 'both', shard: whole }, policy, world);
        expect(report.outcome).not.toBe('failed');
        expect(contents(world)).toEqual(contents(copied));

        const sharded = laid(images);
        const told: string[] = [];
        for (let index = 1; index <= count; index += 1) {
          const { images: done } = await apply(
            document,
            { phase: 'content', shard: { index, count } },
            policy,
            sharded,
          );
          told.push(...done.map(({ destination }) => destination));
        }
        expect(told).toEqual(images.flatMap(({ destinations }) => destinations));
        const tags = await apply(document, { phase: 'tags', shard: whole }, policy, sharded);
        expect(tags.outcome).not.toBe('failed');
        expect(contents(sharded)).toEqual(contents(copied));
      }),
      { numRuns: 100 },
    );
  });

  it('S12 whose content phase failed anywhere: the tag phase puts all tags or none, and none that is torn', async () => {
    await fc.assert(
      fc.asyncProperty(batch, misfortunes, async (images, faults) => {
        const { world, document } = await planned(images);
        world.operations.length = 0;
        world.before = ({ kind }) => {
          const nth = world.operations.filter((each) => each.kind === kind).length;
          const fault = faults.find((each) => each.kind === kind && each.nth === nth);
          if (fault !== undefined) throw new Fault(fault.code, kind);
        };
        await apply(document, { phase: 'content', shard: whole }, policy, world);
        world.before = undefined;
        const before = tagsOf(world);
        const report = await apply(document, { phase: 'tags', shard: whole }, policy, world);
        expect(hosts.flatMap((host) => incompleteTags(world.registry(host).store))).toEqual([]);
        if (report.outcome === 'failed') {
          expect(tagsOf(world)).toEqual(before);
          expect(report.error?.code).toBe('NOT_FOUND');
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a manifest', 1, { children: [{ layers: [1] }, { layers: [2] }] }],
    ['a manifest of an index below it', 3, { children: [{ layers: [1] }, { children: [{ layers: [2] }] }] }],
  ])('whose tags are to be put: refused where it leaves %s out that the image needs', async (_what, named, recipe) => {
    const images: readonly BatchImage[] = [
      {
        recipe,
        source: 'src.example/a/app:v0',
        destinations: ['one.example/x/app:v0'],
        before: 'nothing',
      },
    ];
    const { world, document } = await planned(images);
    const shortened = {
      ...document,
      images: document.images.map((image) => ({ ...image, manifests: image.manifests.slice(0, named) })),
    };
    // What it names is there, by its digest.
    const { manifests } = contentOf(recipe);
    for (const { digest, mediaType, bytes } of manifests) {
      if (shortened.images[0]?.manifests.some((each) => each === digest))
        world.registry('one.example').store.at('x/app').putManifest(digest, mediaType, bytes);
    }
    const report = await apply(shortened, { phase: 'tags', shard: whole }, policy, world);
    expect(report.error?.code).toBe('USAGE');
    expect(tagsOf(world)).toEqual([]);
  });

  it('is refused where a tag of cosign moved since: nothing is written; where it stands as it was seen, it moves', async () => {
    const images: readonly BatchImage[] = [
      {
        recipe: { layers: [1] },
        source: 'src.example/a/app:v0',
        destinations: ['one.example/x/app:v0'],
        before: 'nothing',
      },
    ];
    const { root } = contentOf({ layers: [1] });
    const tag = `${root.digest.replace(':', '-')}.sig`;
    const [ours, theirs, later] = ['ours', 'theirs', 'later'].map(emptyConfigArtifact);
    if (ours === undefined || theirs === undefined || later === undefined) throw new Error('three were made');
    const world = laid(images);
    const stands = (content: typeof ours) => seed(content, world.registry('one.example').store, 'x/app', tag);
    seed(ours, world.registry('src.example').store, 'a/app', tag);
    stands(theirs);
    const document = await documentOf(images, world);
    expect(document.images[0]?.attached).toEqual([
      { digest: ours.root.digest, tag, standing: [{ repository: 'one.example/x/app', current: theirs.root.digest }] },
    ]);
    world.operations.length = 0;
    stands(later);
    const part = { phase: 'both', shard: whole } as const;
    expect((await apply(document, part, policy, world)).images[0]?.error).toMatchObject({
      code: 'TAG_MOVED',
      message: expect.stringContaining(`one.example/x/app:${tag}`),
    });
    expect(world.operations.filter(({ kind }) => ['put', 'mount', 'start', 'commit'].includes(kind))).toEqual([]);
    stands(theirs);
    expect((await apply(document, part, policy, world)).outcome).toBe('promoted');
    expect((await apply(document, part, policy, world)).outcome).toBe('unchanged');
    expect(world.registry('one.example').store.at('x/app').tags.get(tag)).toBe(ours.root.digest);
  });

  it.each(['both', 'content', 'tags'] as const)(
    'is refused where it names a tag of cosign that is of no manifest of its image: nothing is written (%s)',
    async (phase) => {
      const [own, foreign] = [{ children: [{ layers: [1] }] }, { layers: [2] }];
      const images = [own, foreign].map((recipe, index): BatchImage => {
        const destinations = [`one.example/x/app:v${index}`];
        return { recipe, source: `src.example/a/app:v${index}`, destinations, before: 'nothing' };
      });
      const { world, document } = await planned(images);
      const { digest } = contentOf(foreign).root;
      const tag = `${digest.replace(':', '-')}.sig`;
      const forged = {
        ...document,
        images: document.images.slice(0, 1).map((image) => ({ ...image, attached: [{ digest, tag }] })),
      };
      const report = await apply(parsePlan(planBytes(forged)), { phase, shard: whole }, policy, world);
      expect(report.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(tag) });
      expect(world.operations.filter(({ kind }) => ['put', 'mount', 'start', 'commit'].includes(kind))).toEqual([]);
    },
  );

  it('whose tags are to be put, of what is whole: one that cannot be looked at fails alone, one that moved keeps its fault', async () => {
    const images = ['moved', 'unseen', 'whole'].map((name, index): BatchImage => {
      const destinations = [`one.example/x/${name}:v0`];
      return { recipe: { layers: [index] }, source: `src.example/a/${name}:v0`, destinations, before: 'nothing' };
    });
    const { world, document } = await planned(images);
    const keepGoing = { ...policy, onFailure: 'keep going' as const };
    await apply(document, { phase: 'content', shard: whole }, keepGoing, world);
    const moved = world.registry('one.example').store.at('x/moved');
    const [other = ''] = world.registry('one.example').store.at('x/whole').manifests.keys();
    const { root } = contentOf({ layers: [7] });
    moved.putManifest(root.digest, root.mediaType, root.bytes);
    moved.tags.set('v0', root.digest);
    for (const digest of moved.manifests.keys()) if (digest !== root.digest) moved.manifests.delete(digest);
    world.before = ({ kind, repository }) => {
      if (kind === 'head' && repository.endsWith('unseen')) throw new Fault('REGISTRY_FAILED', kind);
    };
    const report = await apply(document, { phase: 'tags', shard: whole }, keepGoing, world);
    expect(report.images.map(({ outcome, error }) => error?.code ?? outcome)).toEqual([
      'TAG_MOVED',
      'REGISTRY_FAILED',
      'promoted',
    ]);
    expect(world.registry('one.example').store.at('x/whole').tags.get('v0')).toBe(other);
  });

  it('survives being written and read', async () => {
    await fc.assert(
      fc.asyncProperty(batch, async (images) => {
        const { document } = await planned(images);
        expect(parsePlan(planBytes(document))).toEqual(document);
      }),
      { numRuns: 50 },
    );
  });

  it('is made without writing anything', async () => {
    await fc.assert(
      fc.asyncProperty(batch, async (images) => {
        const { world } = await planned(images);
        const writing = world.operations.filter(({ kind }) => ['put', 'mount', 'start', 'commit'].includes(kind));
        expect(writing).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

function laid(images: readonly BatchImage[]): MemoryWorld {
  const world = new MemoryWorld();
  lay(images, world);
  return world;
}

async function planned(images: readonly BatchImage[]): Promise<{ world: MemoryWorld; document: PlanDocument }> {
  const world = laid(images);
  return { world, document: await documentOf(images, world) };
}

async function documentOf(images: readonly BatchImage[], world: MemoryWorld): Promise<PlanDocument> {
  const prepared = await prepare(requestFor(images, policy), world);
  if (!('document' in prepared)) throw new Error(prepared.report.error?.message);
  return prepared.document;
}

/** Everything that the destinations hold, by name. */
function contents(world: MemoryWorld): string[] {
  return hosts
    .flatMap((host) =>
      [...world.registry(host).store.repositories].flatMap(([path, { blobs, manifests, tags }]) =>
        [...blobs.keys(), ...manifests.keys(), ...[...tags].flat()].map((what) => `${host}/${path} ${what}`),
      ),
    )
    .toSorted();
}

function tagsOf(world: MemoryWorld): string[] {
  return hosts.flatMap((host) =>
    [...world.registry(host).store.repositories].flatMap(([path, { tags }]) =>
      [...tags].map((tag) => `${path} ${tag}`),
    ),
  );
}
