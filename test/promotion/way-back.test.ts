import { describe, expect, it } from 'vitest';
import { Fault, type FaultCode, withRemedy } from '../../src/fault.ts';
import { promote } from '../../src/promotion/promote.ts';
import type { ReportedFault } from '../../src/promotion/report.ts';
import { singleImage } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const old = singleImage('old', [10]);
const wayBack = (tag: string) => [
  'to put the tags back that were put already:',
  `promote dst.example/app@${old.root.digest} dst.example/app:${tag} --allow-move`,
];

class AdvisingWorld extends MemoryWorld {
  override async advised(fault: Fault): Promise<Fault> {
    return withRemedy(fault);
  }
}

/** The tags `a`, `b`, … stand at an old image and are to be moved. */
function worldWith(tags: readonly string[]): MemoryWorld {
  const world = new AdvisingWorld();
  for (const tag of tags) {
    seed(singleImage(`image ${tag}`, [20]), world.registry('src.example').store, 'app', tag);
    seed(old, world.registry('dst.example').store, 'app', tag);
  }
  return world;
}

async function faultOf(tags: readonly string[], world: MemoryWorld): Promise<ReportedFault | undefined> {
  const images = tags.map((tag) => [`src.example/app:${tag}`, `dst.example/app:${tag}`]);
  return (await promote(requestOf(images, { allowMove: true }), world)).error;
}

function linesOf(fault: ReportedFault | undefined): string[] {
  return fault?.hint?.split('\n') ?? [];
}

describe('the way back', () => {
  it.each<FaultCode>(['NETWORK', 'REGISTRY_FAILED', 'NOT_KEPT'])('follows what helps against %s', async (code) => {
    const world = worldWith(['a', 'b']);
    world.before = ({ kind, what }) => {
      if (kind === 'put' && what === 'b') throw new Fault(code, code);
    };
    const [remedy, ...commands] = linesOf(await faultOf(['a', 'b'], world));
    expect(remedy).toMatch(/^run it again/);
    expect(commands.slice(0, 2)).toEqual(wayBack('a'));
  });

  it.each<FaultCode>(['NETWORK', 'REGISTRY_FAILED', 'DEADLINE', 'SIGTERM'])(
    'is told for a tag whose PUT ended with %s: it may have moved all the same',
    async (code) => {
      const world = worldWith(['a']);
      world.after = ({ kind, what }) => {
        if (kind === 'put' && what === 'a') throw new Fault(code, code);
      };
      expect(linesOf(await faultOf(['a'], world)).slice(-2)).toEqual(wayBack('a'));
    },
  );

  it.each<FaultCode>(['DENIED', 'TAG_IMMUTABLE'])('is not told for a tag that was refused with %s', async (code) => {
    const world = worldWith(['a']);
    world.before = ({ kind, what }) => {
      if (kind === 'put' && what === 'a') throw new Fault(code, code);
    };
    expect((await faultOf(['a'], world))?.hint).not.toContain('to put the tags back');
  });

  it.each<FaultCode>(['DIGEST_MISMATCH', 'MANIFEST_INVALID'])(
    'is told for a tag that is read back with %s, and the source is not blamed',
    async (code) => {
      const world = worldWith(['a']);
      world.before = ({ kind, repository, what }) => {
        if (kind === 'get' && what === 'a' && world.asked('put').includes(`${repository} a`))
          throw new Fault(code, code);
      };
      const [hint, ...commands] = linesOf(await faultOf(['a'], world));
      expect(hint).toMatch(/^the source is whole/);
      expect(commands).toEqual(wayBack('a'));
    },
  );

  it('is not told for a tag that somebody else moved', async () => {
    const world = worldWith(['a']);
    world.after = ({ kind, what }) => {
      const other = singleImage('other', [30]);
      if (kind === 'put' && what === 'a') seed(other, world.registry('dst.example').store, 'app', 'a');
    };
    const fault = await faultOf(['a'], world);
    expect(fault?.code).toBe('TAG_MOVED');
    expect(fault?.hint).not.toContain('to put the tags back');
  });
});
