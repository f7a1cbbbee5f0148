import { expect, it } from 'vitest';
import { displayOf } from '../../src/cli/display.ts';

it.each([
  [[], {}, { format: 'text', logFormat: 'text', output: undefined, report: undefined }],
  [['--nope', '--format=json'], {}, { format: 'json', logFormat: 'text', output: undefined, report: undefined }],
  [
    ['--format', 'text'],
    { _FORMAT: 'json', _LOG_FORMAT: 'json' },
    { format: 'text', logFormat: 'json', output: undefined, report: undefined },
  ],
  [['--output', 'r.json', '--format'], {}, { format: 'text', logFormat: 'text', output: 'r.json', report: undefined }],
  [
    ['--output', '--format', 'yaml'],
    { _OUTPUT: '' },
    { format: 'text', logFormat: 'text', output: undefined, report: undefined },
  ],
  [
    ['--report=page.html', '--nope'],
    { _REPORT: 'other.html' },
    { format: 'text', logFormat: 'text', output: undefined, report: 'page.html' },
  ],
])('how to show a fault of %j in %j', (argv, env, expected) => {
  expect(displayOf(argv, env)).toEqual(expected);
});
