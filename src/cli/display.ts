import type { Files, Settings } from './command.ts';
import { commandNames } from './option.ts';
import type { Environment } from './values.ts';

/** How to show a fault that ended the reading of the arguments themselves. */
export interface Display extends Pick<Settings, 'format' | 'logFormat' | 'output'> {
  /** where an earlier run may have left results */
  readonly files: Files;
}

/** The display options as far as they can be made out; never fails, whatever else is wrong with the arguments. */
export function displayOf(argv: readonly string[], env: Environment): Display {
  const [command = 'copy'] = argv.flatMap((word) => commandNames.find((name) => name === word) ?? []);
  const output = lastValue(argv, '--output', env._OUTPUT);
  const carriesOut = command === 'copy' || command === 'apply';
  return {
    format: formatOf(lastValue(argv, '--format', env._FORMAT)),
    logFormat: lastValue(argv, '--log-format', env._LOG_FORMAT) === 'json' ? 'json' : 'text',
    // Nobody shall take a report for a plan, or for the commands that grant.
    output: command === 'plan' || command === 'iam' ? undefined : output,
    files: {
      output,
      report: carriesOut ? lastValue(argv, '--report', env._REPORT) : undefined,
      digestFile: carriesOut ? lastValue(argv, '--digest-file', env._DIGEST_FILE) : undefined,
    },
  };
}

function formatOf(text: string | undefined): Settings['format'] {
  return text === 'json' || text === 'markdown' ? text : 'text';
}

function lastValue(argv: readonly string[], flag: string, inEnvironment: string | undefined): string | undefined {
  const values = argv.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)];
    return word === flag ? (argv[index + 1] ?? []) : [];
  });
  const value = values.at(-1) ?? inEnvironment;
  return value === undefined || value.trim() === '' || value.startsWith('-') ? undefined : value;
}
