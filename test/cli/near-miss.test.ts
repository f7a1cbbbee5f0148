import { expect, it } from 'vitest';
import { nearMisses } from '../../src/cli/near-miss.ts';
import type { Option } from '../../src/cli/option.ts';

function option(name: string): Option {
  return { name, kind: 'text', group: 'G', commands: ['copy'], help: name };
}

it.each([
  ['_REPAIT', ['report', 'repair'], 'repair'],
  ['_REPORR', ['report', 'repair'], 'report'],
  ['_EPAIRS', ['repair'], 'repair'],
  ['_EPAXRS', ['repair'], undefined],
  ['_REPAIT', [], undefined],
  ['_TAGS', ['tag'], undefined],
  ['_FIXED', ['fixes'], 'fixes'],
  ['_FORMAT', ['repair', 'format'], undefined],
  ['REPAIRS', ['repair'], undefined],
])('of %s, where %j have no value, is %s', (key, missing, found) => {
  expect(nearMisses([key], missing.map(option)).map((miss) => miss.option.name)).toEqual(
    found === undefined ? [] : [found],
  );
});
