import type { Settings } from './command.ts';
import type { Environment } from './values.ts';

/** How to show a fault that ended the reading of the arguments themselves. */
export type Display = Pick<Settings, 'format' | 'logFormat' | 'output' | 'report'>;

/** The display options as far as they can be made out; never fails, whatever else is wrong with the arguments. */
export function displayOf(argv: readonly string[], env: Environment): Display {
  return {
    format: lastValue(argv, '--format', env._FORMAT) === 'json' ? 'json' : 'text',
    logFormat: lastValue(argv, '--log-format', env._LOG_FORMAT) === 'json' ? 'json' : 'text',
    output: lastValue(argv, '--output', env._OUTPUT),
    report: lastValue(argv, '--report', env._REPORT),
  };
}

function lastValue(argv: readonly string[], flag: string, inEnvironment: string | undefined): string | undefined {
  const values = argv.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)];
    return word === flag ? (argv[index + 1] ?? []) : [];
  });
  const value = values.at(-1) ?? inEnvironment;
  return value === undefined || value === '' || value.startsWith('-') ? undefined : value;
}
