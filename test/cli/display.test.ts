import { expect, it } from 'vitest';
import { displayOf } from '../../src/cli/display.ts';

it.each([
  [[], {}, { format: 'text', logFormat: 'text', output: undefined }],
  [['--nope', '--format=json'], {}, { format: 'json', logFormat: 'text', output: undefined }],
  [
    ['--format', 'text'],
    { _FORMAT: 'json', _LOG_FORMAT: 'json' },
    { format: 'text', logFormat: 'json', output: undefined },
  ],
  [['--output', 'r.json', '--format'], {}, { format: 'text', logFormat: 'text', output: 'r.json' }],
  [['--output', '--format', 'yaml'], { _OUTPUT: '' }, { format: 'text', logFormat: 'text', output: undefined }],
])('how to show a fault of %j in %j', (argv, env, expected) => {
  expect(displayOf(argv, env)).toEqual(expected);
});
