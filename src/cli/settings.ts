import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';
import type { Settings } from './command.ts';
import type { OptionName } from './options.ts';
import type { OptionValues } from './values.ts';

const longestDeadlineMs = 24 * 60 * 60 * 1000;
const mostRequests = 256;

/**
 * What every command takes.
 * @throws Fault USAGE that names the option and what it takes
 */
export function readSettings(values: OptionValues): Settings {
  return {
    format: format(values),
    output: values.text('output'),
    report: values.text('report'),
    logFormat: textOrJson(values, 'log-format'),
    verbosity: verbosity(values),
    impersonate: serviceAccounts(values),
    deadlineMs: deadline(values),
    concurrency: concurrency(values),
    warnings: values.warnings,
  };
}

function format(values: OptionValues): Settings['format'] {
  const text = values.text('format') ?? 'text';
  if (text === 'text' || text === 'json' || text === 'markdown') return text;
  throw malformed(values, 'format', text, 'text, json or markdown');
}

function textOrJson(values: OptionValues, name: OptionName<'text'>): 'text' | 'json' {
  const text = values.text(name) ?? 'text';
  if (text === 'text' || text === 'json') return text;
  throw malformed(values, name, text, 'text or json');
}

function verbosity(values: OptionValues): Settings['verbosity'] {
  if (values.on('verbose') && values.on('quiet')) {
    throw new Fault('USAGE', `${values.where('verbose')} and ${values.where('quiet')} exclude each other`);
  }
  if (values.on('verbose')) return 'verbose';
  return values.on('quiet') ? 'quiet' : 'normal';
}

function serviceAccounts(values: OptionValues): readonly string[] {
  const accounts = values.list('impersonate');
  const wrong = accounts.find((account) => !/^[a-z0-9][a-z0-9.-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(account));
  if (wrong === undefined) return accounts;
  throw malformed(values, 'impersonate', wrong, 'the e-mail address of a service account');
}

function deadline(values: OptionValues): number {
  const text = values.text('deadline') ?? '50m';
  const [, count, unit] = /^([0-9]{1,6})([smh])$/.exec(text) ?? [];
  const seconds = unit === 'h' ? 3600 : unit === 'm' ? 60 : 1;
  const milliseconds = count === undefined ? 0 : Number(count) * seconds * 1000;
  if (milliseconds > 0 && milliseconds <= longestDeadlineMs) return milliseconds;
  throw malformed(values, 'deadline', text, 'a time such as 90s, 50m or 2h, 24h at most');
}

function concurrency(values: OptionValues): number {
  const text = values.text('concurrency') ?? '64';
  const count = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= mostRequests) return count;
  throw malformed(values, 'concurrency', text, `a whole number from 1 to ${mostRequests}`);
}

function malformed(values: OptionValues, name: OptionName, text: string, wanted: string): Fault {
  return new Fault('USAGE', `${values.where(name)}: ${quoted(text)} is not ${wanted}`);
}
