import { expect, it } from 'vitest';
import { displayOf } from '../../src/cli/display.ts';

const nothing = { format: 'text', logFormat: 'text', output: undefined, report: undefined, digestFile: undefined };

it.each([
  [[], {}, nothing],
  [['--nope', '--format=json'], {}, { ...nothing, format: 'json' }],
  [['--format', 'text'], { _FORMAT: 'json', _LOG_FORMAT: 'json' }, { ...nothing, logFormat: 'json' }],
  [['--nope', '--format', 'markdown'], {}, { ...nothing, format: 'markdown' }],
  [['--output', 'r.json', '--format'], {}, { ...nothing, output: 'r.json' }],
  [['--output', '--format', 'yaml'], { _OUTPUT: '' }, nothing],
  [['--report=page.html', '--nope'], { _REPORT: 'other.html' }, { ...nothing, report: 'page.html' }],
  [['apply', '--nope'], { _DIGEST_FILE: 'd', _REPORT: 'r' }, { ...nothing, digestFile: 'd', report: 'r' }],
  [['verify', '--nope'], { _DIGEST_FILE: 'd', _REPORT: 'r', _OUTPUT: 'o' }, { ...nothing, output: 'o' }],
])('how to show a fault of %j in %j', (argv, env, expected) => {
  expect(displayOf(argv, env)).toEqual(expected);
});
