import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { promote } from '../../src/promotion/promote.ts';
import type { PromotionPolicy } from '../../src/promotion/request.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import {
  type BatchImage,
  batch,
  contentOf,
  lay,
  type Misfortune,
  misfortunes,
  requestFor,
  standsAt,
} from './arbitrary-batch.ts';
import { incompleteTags, missingBelow } from './completeness.ts';
import { MemoryWorld } from './memory-world.ts';

const hosts = ['one.example', 'two.example'];
const onFailure = fc.constantFrom<PromotionPolicy['onFailure']>('keep going', 'withhold');

describe('a batch of any images, with any failures', () => {
  it('S12 S2 no tag ever points at what is not all there, all are as before if none was put, and what is told is so', async () => {
    await fc.assert(
      fc.asyncProperty(batch, misfortunes, onFailure, fc.boolean(), async (images, faults, policy, repair) => {
        const { world, report, torn, tagged } = await run(images, faults, { onFailure: policy, repair });
        expect(torn).toEqual([]);
        if (policy === 'withhold' && report.outcome === 'failed' && tagged.length === 0) {
          const names = images.flatMap(({ destinations }) => destinations);
          expect(names.map((name) => standsAt(name, world))).toEqual(names.map((name) => stoodAt(name, images)));
        }
        for (const { destination, outcome, verified, digest, error } of report.images) {
          if (outcome === 'promoted' || outcome === 'unchanged') {
            expect(standsAt(destination, world)).toBe(digest);
            expect(verified).toBe(error === undefined);
          }
          if (outcome === 'withheld') expect(standsAt(destination, world)).toBe(stoodAt(destination, images));
          // What was put and not read back is promoted, with the error that kept it from that.
          expect(error === undefined).toBe(outcome !== 'failed' && (outcome !== 'promoted' || verified));
        }
        expect(report.outcome === 'failed').toBe(report.images.some(({ error }) => error !== undefined));
        expect(statusOfReport(report) === 0).toBe(report.outcome !== 'failed');
      }),
      { numRuns: 300 },
    );
  });

  it('every manifest comes after its children, every tag after the content of all', async () => {
    await fc.assert(
      fc.asyncProperty(batch, async (images) => {
        const world = new MemoryWorld();
        lay(images, world);
        const early: string[] = [];
        world.after = ({ kind, repository, what }) => {
          if (kind !== 'put') return;
          const { host, path } = split(repository);
          const stored = world.registry(host).store.at(path);
          const digest = stored.tags.get(what) ?? what;
          early.push(...missingBelow(stored, digest).map((missing) => `${repository} ${what} before ${missing}`));
        };
        await promote(requestFor(images, { allowMove: true }), world);
        expect(early).toEqual([]);
        const puts = world.asked('put').map((put) => put.includes(' sha256:'));
        const firstTag = puts.indexOf(false);
        expect(firstTag < 0 ? [] : puts.slice(firstTag).filter((byDigest) => byDigest)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('S30 each blob and manifest goes to a repository once, a blob to a host once; again nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(batch, fc.constantFrom('mounted' as const, 'session' as const), async (images, mounts) => {
        const world = new MemoryWorld();
        lay(images, world);
        // A registry that lends nothing of the source's, as one that does not know who asks.
        if (mounts === 'session') world.lends = (path) => path !== 'a/app';
        const report = await promote(requestFor(images, { allowMove: true }), world);
        expect(report.outcome).not.toBe('failed');
        expect(repeated(world.asked('commit'))).toEqual([]);
        expect(repeated(world.asked('put'))).toEqual([]);
        expect(repeated(bytesPerHost(world))).toEqual([]);
        const { mounted, uploaded } = report.blobs;
        expect(uploaded).toBe(world.asked('commit').length);
        expect(mounted).toBe(world.events.filter((event) => event.type === 'blob' && event.how === 'mounted').length);
        expect(report.bytesUploaded).toBeGreaterThanOrEqual(uploaded);

        world.operations.length = 0;
        const again = await promote(requestFor(images, { allowMove: false }), world);
        expect(again.outcome).toBe('unchanged');
        expect(world.operations.filter(({ kind }) => ['put', 'commit', 'mount', 'start'].includes(kind))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('with keep-going every image is promoted whose own way was clear', async () => {
    await fc.assert(
      fc.asyncProperty(batch, fc.nat(5), async (images, number) => {
        const world = new MemoryWorld();
        lay(images, world);
        const { digest } = contentOf({ layers: [number] }).blobs[1] ?? { digest: '' };
        world.before = ({ kind, what }) => {
          if (kind === 'fetch' && what === digest) throw new Fault('DIGEST_MISMATCH', 'altered');
          if (kind === 'mount' && what === digest) throw new Fault('DENIED', 'not lent');
        };
        const report = await promote(requestFor(images, { allowMove: true, onFailure: 'keep going' }), world);
        const outcomes = new Map(report.images.map(({ destination, outcome }) => [destination, outcome]));
        for (const { recipe, destinations, before } of images) {
          for (const name of destinations) {
            if (before === 'the same') expect(outcomes.get(name)).toBe('unchanged');
            else if (contentOf(recipe).blobs.every((blob) => blob.digest !== digest))
              expect(outcomes.get(name)).toBe('promoted');
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

async function run(images: readonly BatchImage[], faults: readonly Misfortune[], policy: Partial<PromotionPolicy>) {
  const world = new MemoryWorld();
  lay(images, world);
  const torn: string[] = [];
  world.before = ({ kind, repository, what }) => {
    const nth = world.operations.filter((each) => each.kind === kind).length;
    const fault = faults.find((each) => each.kind === kind && each.nth === nth);
    if (fault !== undefined) throw new Fault(fault.code, `${kind} ${repository} ${what}`);
  };
  world.after = () => torn.push(...hosts.flatMap((host) => incompleteTags(world.registry(host).store)));
  const report = await promote(requestFor(images, { allowMove: true, ...policy }), world);
  return { world, report, torn, tagged: world.events.filter(({ type }) => type === 'tagged') };
}

function stoodAt(name: string, images: readonly BatchImage[]): string | undefined {
  const before = new MemoryWorld();
  lay(images, before);
  return standsAt(name, before);
}

/** The blobs that were sent, by host. */
function bytesPerHost(world: MemoryWorld): string[] {
  return world.asked('commit').map((commit) => commit.replace(/\/\S+/, ''));
}

function repeated(items: readonly string[]): string[] {
  return items.filter((item, index) => items.indexOf(item) !== index);
}

function split(repository: string): { host: string; path: string } {
  const slash = repository.indexOf('/');
  return { host: repository.slice(0, slash), path: repository.slice(slash + 1) };
}
