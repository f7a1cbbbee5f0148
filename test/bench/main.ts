import { writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { chartOf } from './chart.ts';
import { type Contender, findContenders, ours } from './contenders.ts';
import { startGround } from './ground.ts';
import { findMeter } from './measure.ts';
import { type BenchOptions, help, readOptions, usage } from './options.ts';
import { type Course, race } from './race.ts';
import { judge, type Summary, summarize } from './summary.ts';
import { markdownOf, textOf } from './text.ts';
import { roundsFor, workloads } from './workloads.ts';

// Races the built program against other tools on two real registries. Results go to standard output, news to standard
// error. Ends with 1 where the program itself failed; a missed bar is only said.

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort(new Error('ended by SIGINT')));

let options: BenchOptions | 'help' | undefined;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  tell(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
if (options === 'help') process.stdout.write(`${help}\n`);
else if (options !== undefined) await bench(options);

async function bench(options: BenchOptions): Promise<void> {
  const deadline = performance.now() + options.minutes * 60_000;
  const ground = await startGround();
  try {
    const { found, missing } = await findContenders(join(ground.folder, 'compile-cache'));
    const meter = await findMeter(join(ground.folder, 'meter'));
    const conditions = conditionsOf(found);
    tell(conditions);
    if (missing.length > 0) tell(`not installed: ${missing.join(', ')}`);
    if (meter === undefined) tell('GNU time is not installed: no CPU and memory');
    const { rounds } = options;
    const course: Course = { ground, contenders: found, meter, rounds, deadline, signal: stopping.signal };
    const summaries = await runAll(options, course);
    await show(summaries, conditions, options);
    const failed = summaries.some(({ standings }) =>
      standings.some(({ name, failure }) => name.startsWith(ours) && failure !== undefined),
    );
    if (failed) process.exitCode = 1;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  } finally {
    await ground.stop();
  }
}

async function runAll(options: BenchOptions, course: Course): Promise<Summary[]> {
  const summaries: Summary[] = [];
  for (const workload of workloads.filter(({ name }) => options.only.includes(name))) {
    const started = performance.now();
    const finished = await race(workload, course);
    const rounds = finished?.rounds ?? 0;
    if (finished !== undefined) {
      const summary = summarize(finished);
      summaries.push(summary);
      if (options.format === 'text') process.stdout.write(`${textOf(summary)}\n`);
    }
    const took = `${((performance.now() - started) / 1000).toFixed(0)} s`;
    tell(
      `${workload.name}: ${rounds < roundsFor(workload, course.rounds) ? 'cut, time is up: ' : ''}${rounds} rounds in ${took}`,
    );
  }
  return summaries;
}

/** Text was shown as it came. */
async function show(summaries: readonly Summary[], conditions: string, options: BenchOptions): Promise<void> {
  if (options.format === 'markdown') process.stdout.write(`${conditions}\n\n${markdownOf(summaries)}`);
  if (options.format === 'json') {
    const judged = summaries.map((summary) => ({ ...summary, bars: judge(summary) }));
    process.stdout.write(`${JSON.stringify({ conditions, workloads: judged }, undefined, 2)}\n`);
  }
  if (options.svg !== undefined) await writeFile(options.svg, chartOf(summaries));
}

function conditionsOf(contenders: readonly Contender[]): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Linux ${release()}`;
  return `${date}; ${contenders.map(({ name, version }) => `${name} ${version}`).join(', ')}; ${machine}`;
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
