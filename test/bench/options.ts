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

export const usage = `npm run bench -- [--only ${names.slice(0, 2).join(',')}] [--rounds 9] [--minutes 15]
                 [--format text|markdown|json] [--svg FILE] [--help]
workloads: ${names.join(', ')}`;

export const help = `${usage}

${workloads.map(({ name, title }) => `  ${name.padEnd(Math.max(...names.map(({ length }) => length)))}  ${title}`).join('\n')}

Races the built program against crane and skopeo, those that are installed, on two registries (docker-registry, TLS,
HTTP/2) under production host names, which every tool reaches by the same proxy. A delay is 10 ms each way. The tools run
in turn, each from a cold process into a new repository; after each run every tag is read and its digest compared.
A ratio is the median of the rounds' own ratios to crane, or of a start to that of node. Requests are counted in the
registries' logs, connections and bytes sent at the proxy. skopeo runs every third round, and not in batches; crane
copies a whole repository by a loop over its images. promote looks for what is attached to an image, as it does where
nothing else is said; its requests are counted in runs of their own with --no-attached, which is what crane does.

  --only     run these workloads only, in the order above
  --rounds   how often each tool runs a workload (whole repositories once)
  --minutes  for everything; what does not fit is cut, and said
  --format   markdown: one table; json: everything measured
  --svg      keep a bar chart of the ratios in this file

To see one run's requests, with their start, duration, status and protocol: promote copy SOURCE DESTINATION --verbose`;

/** @returns 'help' where that is asked for. @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: names.join(',') },
      rounds: { type: 'string', default: '9' },
      minutes: { type: 'string', default: '15' },
      format: { type: 'string', default: 'text' },
      svg: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
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
