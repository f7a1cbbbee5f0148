import pLimit from 'p-limit';
import { type Contender, control, leavingAttached, oursAlone } from './contenders.ts';
import { type Ground, here } from './ground.ts';
import { type Measurement, type Meter, measure } from './measure.ts';
import { type CopyWorkload, roundsFor, type Stored, tag, type Workload } from './workloads.ts';

/** One run in a race. */
export interface Lap extends Measurement {
  /** counted from 1; the laps of one round stand beside each other in time */
  readonly round: number;
  /** seen at the registries; undefined where none was spoken to */
  readonly requests: number | undefined;
  /** TLS connections, seen at the proxy */
  readonly connections: number | undefined;
  /** MiB to the registries, seen at the proxy */
  readonly sentMiB: number | undefined;
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

const checksAtATime = 8;

/** Runs all who can do the work in turn, round after round. @returns undefined where there was no time for one round */
export async function race(workload: Workload, course: Course): Promise<Race | undefined> {
  if (workload.kind === 'copy' && performance.now() + workload.leastMs > course.deadline) return undefined;
  const contenders = course.contenders.filter((contender) => canDo(contender, workload));
  const wanted = roundsFor(workload, course.rounds);
  const laps = new Map<string, Lap[]>(contenders.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  const run = workload.kind === 'start' ? startRun(course) : await copyRun(workload, course);
  let rounds = 0;
  let longest = 0;
  while (rounds < wanted && performance.now() + longest < course.deadline) {
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

function canDo({ name, copies, distances }: Contender, workload: Workload): boolean {
  if (name === control) return true;
  if (name === oursAlone && (workload.kind === 'start' || workload.attached === 'leave')) return false;
  if (workload.kind === 'start') return true;
  return copies[workload.extent] !== undefined && distances.includes(workload.distance);
}

function startRun({ ground, meter, signal }: Course): Run {
  return async ({ start, env }, round) => {
    const measured = await measure(start, { ...ground.environment('near'), ...env }, meter, signal);
    return { ...measured, round, requests: undefined, connections: undefined, sentMiB: undefined };
  };
}

async function copyRun(workload: CopyWorkload, course: Course): Promise<Run> {
  const { ground, meter, signal } = course;
  const sourcePath = `acme-staging/apps/${workload.name}`;
  const pathOf = (run: string): string =>
    `acme-production/${workload.repository === 'filled' ? 'filled' : run}/${workload.name}`;
  const stored = await workload.prepare(ground, sourcePath, pathOf('filled'));
  const suffix = workload.extent === 'image' ? `:${tag}` : '';
  const images = [...new Set(stored.map(({ below }) => below.slice(1)))];
  return async (contender, round) => {
    const commandFor = contender.copies[workload.extent];
    if (commandFor === undefined) return startRun(course)(contender, round);
    const path = pathOf(`${contender.name.replaceAll(/[^a-z]+/g, '-')}-${round}`);
    const destination = `${workload.destination}/${path}`;
    const source = `${here}/${sourcePath}${suffix}`;
    const command = commandFor({ source, destination: `${destination}${suffix}`, images });
    const left = workload.attached === 'leave' ? leavingAttached : {};
    const env = { ...ground.environment(workload.distance), ...contender.env, ...left };
    const before = await ground.traffic();
    const measured = await measure(command, env, meter, signal);
    const after = await ground.traffic();
    await expectArrived(stored, destination, (below, tag) =>
      ground.registries[workload.destination].stock.digestAt(`${path}${below}`, tag),
    );
    const requests = after.requests - before.requests;
    const sentMiB = (after.bytesSent - before.bytesSent) / 2 ** 20;
    return { ...measured, round, requests, connections: after.connections - before.connections, sentMiB };
  };
}

/** @throws Error that names a tag that is missing or stands at something else */
async function expectArrived(
  stored: readonly Stored[],
  destination: string,
  digestAt: (below: string, tag: string) => Promise<string | undefined>,
): Promise<void> {
  await pLimit(checksAtATime).map(stored, async ({ below, tag, digest }) => {
    const arrived = await digestAt(below, tag);
    if (arrived !== digest) throw new Error(`${destination}${below}:${tag} is ${arrived}, not ${digest}`);
  });
}
