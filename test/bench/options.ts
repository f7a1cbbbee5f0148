import { parseArgs } from 'node:util';
import { workloads } from './workloads.ts';

export interface BenchOptions {
  /** names of workloads, in the order in which they run */
  readonly only: readonly string[];
  readonly rounds: number;
  /** all workloads together */
  readonly minutes: number;
  readonly format: 'text' | 'markdown' | 'json';
  /** where the chart goes */
  readonly svg: string | undefined;
}

const names = workloads.map(({ name }) => name);

export const usage = `npm run bench -- [--only ${names.slice(0, 2).join(',')}] [--rounds 9] [--minutes 10]
                 [--format text|markdown|json] [--svg FILE]
workloads: ${names.join(', ')}`;

/** @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: names.join(',') },
      rounds: { type: 'string', default: '9' },
      minutes: { type: 'string', default: '10' },
      format: { type: 'string', default: 'text' },
      svg: { type: 'string' },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`no workload ${unknown}`);
  const { format } = values;
  if (format !== 'text' && format !== 'markdown' && format !== 'json') throw new Error(`no format ${format}`);
  return {
    only,
    rounds: positive('--rounds', values.rounds),
    minutes: positive('--minutes', values.minutes),
    format,
    svg: values.svg,
  };
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number)) throw new Error(`${option} takes a number above 0, not ${text}`);
  return number;
}
