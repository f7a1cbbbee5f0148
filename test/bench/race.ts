import type { Contender } from './contenders.ts';
import { type Ground, here } from './ground.ts';
import { type Measurement, type Meter, measure } from './measure.ts';
import { type CopyWorkload, tag, type Workload } from './workloads.ts';

/** One run in a race. */
export interface Lap extends Measurement {
  /** counted from 1; the laps of one round stand beside each other in time */
  readonly round: number;
  /** seen at the registries; undefined where none was spoken to */
  readonly requests: number | undefined;
  /** TLS connections, seen at the proxy */
  readonly connections: number | undefined;
}

export interface Race {
  readonly workload: Workload;
  readonly contenders: readonly Contender[];
  /** by the contender's name */
  readonly laps: ReadonlyMap<string, readonly Lap[]>;
  readonly rounds: number;
  /** what went wrong, for people; who failed runs no more */
  readonly failures: ReadonlyMap<string, string>;
}

export interface Course {
  readonly ground: Ground;
  readonly contenders: readonly Contender[];
  readonly meter: Meter | undefined;
  /** how many there should be */
  readonly rounds: number;
  /** by performance.now(): no round begins that would probably end after it */
  readonly deadline: number;
  /** ends everything */
  readonly signal: AbortSignal;
}

type Run = (contender: Contender, round: number) => Promise<Lap>;

/** Runs all contenders in turn, round after round. @returns undefined where there was no time for one round */
export async function race(workload: Workload, course: Course): Promise<Race | undefined> {
  const { contenders } = course;
  const laps = new Map<string, Lap[]>(contenders.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  const run = workload.kind === 'start' ? startRun(course) : await copyRun(workload, course);
  let rounds = 0;
  let longest = 0;
  while (rounds < course.rounds && performance.now() + longest < course.deadline) {
    const started = performance.now();
    rounds += 1;
    for (const contender of contenders) {
      if ((rounds - 1) % contender.everyRounds !== 0 || failures.has(contender.name)) continue;
      try {
        laps.get(contender.name)?.push(await run(contender, rounds));
      } catch (error) {
        course.signal.throwIfAborted();
        failures.set(contender.name, error instanceof Error ? error.message : String(error));
      }
    }
    longest = Math.max(longest, performance.now() - started);
  }
  return rounds === 0 ? undefined : { workload, contenders, laps, rounds, failures };
}

function startRun({ ground, meter, signal }: Course): Run {
  return async ({ start, env }, round) => {
    const measured = await measure(start, { ...ground.environment('near'), ...env }, meter, signal);
    return { ...measured, round, requests: undefined, connections: undefined };
  };
}

async function copyRun(workload: CopyWorkload, course: Course): Promise<Run> {
  const { ground, meter, signal } = course;
  const sourcePath = `acme-staging/apps/${workload.name}`;
  const pathOf = (run: string): string =>
    `acme-production/${workload.repository === 'filled' ? 'filled' : run}/${workload.name}`;
  const { digest } = await workload.prepare(ground, sourcePath, pathOf('filled'));
  return async (contender, round) => {
    if (contender.copy === undefined) return startRun(course)(contender, round);
    const path = pathOf(`${contender.name.replace('+', '-')}-${round}`);
    const command = contender.copy(`${here}/${sourcePath}:${tag}`, `${workload.destination}/${path}:${tag}`);
    const env = { ...ground.environment(workload.distance), ...contender.env };
    const before = await ground.traffic();
    const measured = await measure(command, env, meter, signal);
    const after = await ground.traffic();
    const arrived = await ground.registries[workload.destination].stock.digestAt(path, tag);
    if (arrived !== digest) throw new Error(`${workload.destination}/${path}:${tag} is ${arrived}, not ${digest}`);
    const requests = after.requests - before.requests;
    return { ...measured, round, requests, connections: after.connections - before.connections };
  };
}
