import { describe, expect, it } from 'vitest';
import { wantsColour } from '../../src/ui/colour.ts';
import { bytesText, counted, durationText } from '../../src/ui/quantities.ts';
import { digestText, tagsText, verifyJson, verifyText } from '../../src/ui/results.ts';
import { digest } from './report-fixture.ts';

const same = {
  source: 'h.io/a:1',
  destination: 'h.io/b:1',
  digest,
  same: true,
  missing: [],
  different: [],
};

describe('results for people', () => {
  it('are the digest alone, and one tag a line', () => {
    expect(digestText({ reference: 'h.io/a:1', digest, mediaType: 'a/b', size: 7 })).toBe(`${digest}\n`);
    expect(tagsText({ repository: 'h.io/a', tags: [{ tag: 'v1', digest }, { tag: 'v2' }] })).toBe('v1\nv2\n');
    expect(tagsText({ repository: 'h.io/a', tags: [] })).toBe('');
  });

  it('tell what verify compared, and what is not the same', () => {
    expect(verifyText([same])).toBe(`\nsame       h.io/b:1\n           from h.io/a:1\n           ${digest}\n\n`);
    const missing = verifyText([{ ...same, same: false, missing: ['sha256:1'] }]);
    expect(missing).toMatch(/^\nmissing .*\n.*\n.*\n {2}missing {4}sha256:1\n\n$/);
    const both = verifyText([{ ...same, same: false, missing: ['x'], different: ['h.io/b:1'] }]);
    expect(both).toMatch(/^\ndifferent .*\n.*\n.*\n {2}missing {4}x\n {2}different {2}h\.io\/b:1\n\n$/);
  });

  it('of verify as JSON are one object, or an array of several', () => {
    expect(JSON.parse(verifyJson([same]))).toEqual(same);
    expect(JSON.parse(verifyJson([same, same]))).toEqual([same, same]);
  });
});

describe('quantities', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_048_575, '1.0 MiB'],
    [87_241_523, '83.2 MiB'],
    [10_737_418_240, '10.0 GiB'],
    [5e15, '4547.5 TiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [994.6, '995 ms'],
    [999, '1.0 s'],
    [4140, '4.1 s'],
    [59_960, '1 min 00 s'],
    [200_000, '3 min 20 s'],
    [3_900_000, '1 h 05 min'],
  ])('%d milliseconds are %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });

  it('agree with their noun', () => {
    expect([counted(0, 'tag'), counted(1, 'tag'), counted(2, 'tag')]).toEqual(['0 tags', '1 tag', '2 tags']);
  });
});

it.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ NO_COLOR: '', FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
])('colours by %j on a terminal: %s → %s', (env, isTerminal, wanted) => {
  expect(wantsColour(env, isTerminal)).toBe(wanted);
});
