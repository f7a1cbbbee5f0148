import { promote } from '../../src/promotion/promote.ts';
import { emptyConfigArtifact, multiPlatformIndex, nestedIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { randomFrom, Simulation } from '../hostile/simulation.ts';
import { trouble } from '../hostile/trouble.ts';
import { holds } from '../process/route.ts';
import { incompleteTags } from '../promotion/completeness.ts';
import { requestOf } from '../promotion/memory-world.ts';

const deadlineMs = 50 * 60_000;
const contents = [
  singleImage('simulated', [300, 2000]),
  singleImage('simulated large', [1_100_000]),
  multiPlatformIndex('simulated', sixPlatforms.slice(0, 2), 500),
  nestedIndex('simulated'),
  emptyConfigArtifact('simulated'),
];

/** What became of many promotions. */
export interface Tally {
  complete: number;
  failed: number;
  /** reported as done, and not there byte for byte */
  falseSuccesses: number;
  /** a tag that points at what is not whole, or bytes under a digest that is not theirs */
  corruptions: number;
  /** failures that are none of those that we know, or that came after the deadline */
  unclean: number;
  requests: number;
  readonly codes: Map<string, number>;
}

/** So many promotions, one after another, in each of which a share of the requests goes wrong. */
export async function simulated(count: number, rate: number, firstSeed: number): Promise<Tally> {
  const codes = new Map<string, number>();
  const tally = { complete: 0, failed: 0, falseSuccesses: 0, corruptions: 0, unclean: 0, requests: 0, codes };
  for (let number = 0; number < count; number += 1) await simulate(firstSeed + number, rate, tally);
  return tally;
}

async function simulate(number: number, rate: number, tally: Tally): Promise<void> {
  const content = contents[number % contents.length] ?? singleImage('none', []);
  const world = new Simulation(['from.example', 'to.example'], number, deadlineMs);
  seed(content, world.registry('from.example').store, 'a/app', 'v1');
  const { store } = world.registry('to.example');
  world.registry('to.example').behaviour.missingChildren = 'accepted';
  world.direct.script.add({ fault: trouble(rate, randomFrom(~number)) });
  const report = await promote(requestOf([['from.example/a/app:v1', 'to.example/b/app:v1']]), world);
  tally.requests += world.requests();
  tally.corruptions += incompleteTags(store).length;
  if (report.outcome === 'promoted') {
    tally.complete += 1;
    if (!holds(store.at('b/app'), content, 'v1') || !report.images.every(({ verified }) => verified))
      tally.falseSuccesses += 1;
    return;
  }
  tally.failed += 1;
  const code = report.images[0]?.error?.code ?? report.error?.code ?? 'none';
  tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
  if (code === 'none' || code === 'UNEXPECTED' || world.elapsed > deadlineMs) tally.unclean += 1;
}
