import { control, ours, oursAlone, peer } from './contenders.ts';
import type { Lap, Race } from './race.ts';
import type { Workload } from './workloads.ts';

/** Many measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** How one contender did. */
export interface Standing {
  readonly name: string;
  readonly runs: number;
  readonly wallMs: Spread | undefined;
  /** median of the rounds' own ratios to whoever is compared with; undefined where that one did not run */
  readonly ratio: number | undefined;
  readonly cpuMs: Spread | undefined;
  readonly peakMiB: Spread | undefined;
  readonly requests: Spread | undefined;
  readonly connections: Spread | undefined;
  readonly sentMiB: Spread | undefined;
  readonly failure: string | undefined;
}

export interface Summary {
  readonly workload: Workload;
  readonly rounds: number;
  /** whose time is 1 */
  readonly comparedWith: string;
  readonly standings: readonly Standing[];
}

/** Copies are compared with crane, starts with Node's own. */
export function summarize({ workload, contenders, laps, rounds, failures }: Race): Summary {
  const comparedWith = workload.kind === 'start' ? control : peer;
  const base = new Map((laps.get(comparedWith) ?? []).map(({ round, wallMs }) => [round, wallMs]));
  const standings = contenders.map(({ name }) => {
    const own = laps.get(name) ?? [];
    const of = (field: Exclude<keyof Lap, 'round'>): Spread | undefined => spreadOf(own.map((lap) => lap[field]));
    return {
      name,
      runs: own.length,
      wallMs: of('wallMs'),
      ratio: spreadOf(own.map(({ round, wallMs }) => wallMs / (base.get(round) ?? Number.NaN)))?.median,
      cpuMs: of('cpuMs'),
      peakMiB: of('peakMiB'),
      requests: of('requests'),
      connections: of('connections'),
      sentMiB: of('sentMiB'),
      failure: failures.get(name),
    };
  });
  return { workload, rounds, comparedWith, standings };
}

/** @returns undefined where nothing was measured */
export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values
    .filter((value) => value !== undefined)
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const [least] = sorted;
  const most = sorted.at(-1);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (least === undefined || most === undefined || upper === undefined || lower === undefined) return undefined;
  return { median: (lower + upper) / 2, least, most };
}

export interface Verdict {
  readonly what: string;
  readonly value: number;
  readonly bar: number;
  readonly met: boolean;
}

/** Holds our standing against the workload's bars; requests are those of the work that crane does. */
export function judge({ workload, standings, comparedWith }: Summary): Verdict[] {
  const own = standings.find(({ name }) => name === ours);
  const counted = standings.find(({ name }) => name === oursAlone) ?? own;
  const { ratio, requests, connections, peakMiB } = workload.bar;
  const held: readonly [string, number | undefined, number | undefined][] = [
    [`× ${comparedWith}`, own?.ratio, ratio],
    ['requests', counted?.requests?.most, requests],
    ['connections', counted?.connections?.most, connections],
    ['MiB at its peak', own?.peakMiB?.most, peakMiB],
  ];
  return held.flatMap(([what, value, bar]) =>
    value === undefined || bar === undefined ? [] : [{ what, value, bar, met: value <= bar }],
  );
}
