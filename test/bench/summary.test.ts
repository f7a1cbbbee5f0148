import { describe, expect, it } from 'vitest';
import type { Contender } from './contenders.ts';
import type { Lap, Race } from './race.ts';
import { judge, spreadOf, summarize } from './summary.ts';
import { markdownOf, textOf } from './text.ts';
import type { Workload } from './workloads.ts';

const workload: Workload = { name: 'w', title: 'some work', kind: 'start', bar: { ratio: 1.2, requests: 5 } };

describe('the summary of a race', () => {
  it('takes the middle one, or the mean of the middle two', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ median: 5, least: 1, most: 9 });
    expect(spreadOf([10, 1, 5, 7])).toEqual({ median: 6, least: 1, most: 10 });
    expect(spreadOf([undefined, 3, Number.NaN])).toEqual({ median: 3, least: 3, most: 3 });
    expect(spreadOf([])).toBeUndefined();
  });

  it('compares within each round, so that a slow round does not count for one side alone', () => {
    const { standings } = summarize(raced({ promote: [100, 1100, 120], 'node -e 0': [100, 1000, 100] }));
    expect(standings.find(({ name }) => name === 'promote')?.ratio).toBeCloseTo(1.1);
  });

  it('says which bars are missed, by the worst count of requests', () => {
    const summary = summarize(raced({ promote: [100, 110, 120], 'node -e 0': [100, 100, 100] }, [5, 5, 6]));
    expect(judge(summary).map(({ what, met }) => [what, met])).toEqual([
      ['× node -e 0', true],
      ['requests', false],
    ]);
    expect(textOf(summary)).toContain('MISSED: 6 requests, at most 5');
  });

  it('holds the requests of the work that crane does, and the time of what people run', () => {
    const summary = summarize(raced({ promote: [100], 'promote --no-attached': [130], 'node -e 0': [100] }, [5]));
    const counted = summary.standings.map((each) =>
      each.name === 'promote' ? { ...each, requests: spreadOf([9]) } : each,
    );
    expect(judge({ ...summary, standings: counted })).toMatchObject([{ value: 1 }, { value: 5 }]);
  });

  it('gives every tool a row in Markdown, and no row without all columns', () => {
    const rows = markdownOf([summarize(raced({ promote: [100], 'node -e 0': [80] }))])
      .trimEnd()
      .split('\n');
    expect(new Set(rows.map((row) => row.split('|').length)).size).toBe(1);
    expect(rows.at(-2)).toContain('| promote | 1 | 100 | 100–100 | 1.25 |');
  });
});

function raced(walls: Readonly<Record<string, readonly number[]>>, requests: readonly number[] = []): Race {
  const names = Object.keys(walls);
  const laps = new Map(names.map((name) => [name, (walls[name] ?? []).map((wallMs, index) => lap(wallMs, index))]));
  return { workload, contenders: names.map(contender), laps, rounds: 3, failures: new Map() };

  function lap(wallMs: number, index: number): Lap {
    const counts = { requests: requests[index], connections: undefined, sentMiB: undefined };
    return { round: index + 1, wallMs, cpuMs: undefined, peakMiB: undefined, ...counts };
  }
}

function contender(name: string): Contender {
  return { name, version: '1', everyRounds: 1, distances: [], copies: {}, start: [], env: {} };
}
