import { parseArgs } from 'node:util';
import { Kills } from './hostile/kills.ts';
import { randomFrom } from './hostile/simulation.ts';
import { startLoopbackStage } from './process/loopback-stage.ts';
import { largeLayer } from './soak/large-layer.ts';
import { manyTags } from './soak/many-tags.ts';
import { atLeast, atMost, type Row, told } from './soak/row.ts';
import { silentSource } from './soak/silent-source.ts';
import { simulated } from './soak/simulated.ts';

// Takes the figures that the scorecard promises under load, prints them as a table, and fails where one is not met.
// The same seed replays the same run.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    tags: { type: 'string', default: '1000' },
    gib: { type: 'string', default: '10' },
    promotions: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '100' },
  },
});
const seed = Number(values.seed);

const parts: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  faults: () => fewFaults(Number(values.promotions)),
  'many-faults': () => manyFaults(Math.ceil(Number(values.promotions) / 5)),
  kills: () => kills(Number(values.kills)),
  silence: silentSource,
  tags: () => manyTags(Number(values.tags)),
  layer: () => largeLayer(Number(values.gib) * 2 ** 30),
};

const startedAt = performance.now();
const rows: Row[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  console.error(`… ${name}`);
  rows.push(...(await measure()));
}
print(rows);
if (rows.length === 0) throw new Error(`--only is one of ${Object.keys(parts).join(', ')}`);
if (rows.some(({ isMet }) => !isMet)) process.exitCode = 1;

async function fewFaults(count: number): Promise<readonly Row[]> {
  const { complete, falseSuccesses, corruptions, unclean, requests, codes } = await simulated(count, 0.05, seed);
  const what = `${count} promotions, 5 % of the requests fail`;
  return [
    atMost(`${what}: corruptions`, corruptions, 0, ''),
    atMost(`${what}: false successes`, falseSuccesses, 0, ''),
    atMost(`${what}: failures without a known cause`, unclean, 0, ''),
    atLeast(`${what}: complete`, (100 * complete) / count, 99.9, '%'),
    told(`${what}: requests; codes of the failures`, `${requests}; ${listed(codes)}`),
  ];
}

async function manyFaults(count: number): Promise<readonly Row[]> {
  const { complete, falseSuccesses, corruptions, unclean, codes } = await simulated(count, 0.5, seed);
  const what = `${count} promotions, 50 % of the requests fail`;
  return [
    atMost(`${what}: corruptions`, corruptions, 0, ''),
    atMost(`${what}: false successes`, falseSuccesses, 0, ''),
    atMost(`${what}: failures past the deadline or without a known cause`, unclean, 0, ''),
    told(`${what}: complete; codes of the failures`, `${((100 * complete) / count).toFixed(0)} %; ${listed(codes)}`),
  ];
}

async function kills(rounds: number): Promise<readonly Row[]> {
  const stage = await startLoopbackStage();
  try {
    const killer = new Kills(stage);
    await killer.measure();
    const random = randomFrom(seed);
    const violations: string[] = [];
    for (let round = 0; round < rounds; round += 1) violations.push(...(await killer.round(random())));
    for (const violation of violations) console.error(violation);
    return [
      atMost(`${rounds} runs killed at random moments, then run again: broken promises`, violations.length, 0, ''),
    ];
  } finally {
    await stage.stop();
  }
}

function listed(codes: ReadonlyMap<string, number>): string {
  return [...codes].map(([code, count]) => `${code} ${count}`).join(', ') || 'none';
}

function print(all: readonly Row[]): void {
  console.log(`\nseed ${seed}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  console.log('| what | figure | wanted | |\n|---|---|---|---|');
  for (const { what, figure, wanted, isMet } of all) {
    console.log(`| ${what} | ${figure.trim()} | ${wanted.trim()} | ${isMet ? 'met' : '**not met**'} |`);
  }
}
