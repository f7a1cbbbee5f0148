import { expect, it } from 'vitest';
import { displayOf } from '../../src/cli/display.ts';

const noFiles = { output: undefined, report: undefined, digestFile: undefined };
const nothing = { format: 'text', logFormat: 'text', output: undefined, files: noFiles };

function given(output: string) {
  return { ...nothing, output, files: { ...noFiles, output } };
}

function left(files: Record<string, string>) {
  return { ...nothing, files: { ...noFiles, ...files } };
}

it.each([
  [[], {}, nothing],
  [['--nope', '--format=json'], {}, { ...nothing, format: 'json' }],
  [['--format', 'text'], { _FORMAT: 'json', _LOG_FORMAT: 'json' }, { ...nothing, logFormat: 'json' }],
  [['--nope', '--format', 'markdown'], {}, { ...nothing, format: 'markdown' }],
  [['--output', 'r.json', '--format'], {}, given('r.json')],
  [['--output', '--format', 'yaml'], { _OUTPUT: ' ' }, nothing],
  [['--report=page.html', '--nope'], { _REPORT: 'other.html' }, left({ report: 'page.html' })],
  [['apply', '--nope'], { _DIGEST_FILE: 'd', _REPORT: 'r' }, left({ digestFile: 'd', report: 'r' })],
  [['verify', '--nope'], { _DIGEST_FILE: 'd', _REPORT: 'r', _OUTPUT: 'o' }, given('o')],
  [['plan', '--nope', '--output=plan.json'], {}, left({ output: 'plan.json' })],
  [['iam', '--nope'], { _OUTPUT: 'grants.sh' }, left({ output: 'grants.sh' })],
])('how to show a fault of %j in %j', (argv, env, expected) => {
  expect(displayOf(argv, env)).toEqual(expected);
});
