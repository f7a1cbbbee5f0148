import { describe, expect, it } from 'vitest';
import { isGlob, matchesGlob } from '../../src/promotion/glob.ts';

describe('globs over tags', () => {
  it.each([
    ['*', ['v1', 'latest', ''], []],
    ['v*', ['v', 'v1', 'v1.2-rc1'], ['V1', 'rv1', '']],
    ['v?.0', ['v1.0', 'v..0'], ['v1.00', 'v.0', 'v10.0']],
    ['*.*.*', ['1.2.3', 'v1.2.3-rc.1'], ['1.2', 'v1']],
    ['v[0-9]*', ['v1', 'v22'], ['va', 'v', 'v.1']],
    ['v[!0-9]', ['va', 'v_'], ['v1', 'v']],
    ['a.b', ['a.b'], ['axb']],
    ['**a**', ['a', 'bab'], ['b']],
    ['*a*b', ['ab', 'xaxb', 'aabb'], ['ba', 'abc']],
    ['[a-cx_]1', ['a1', 'x1', '_1'], ['d1', '-1']],
  ])('%s', (glob, matched, left) => {
    expect(isGlob(glob)).toBe(true);
    expect(matched.filter((tag) => !matchesGlob(tag, glob))).toEqual([]);
    expect(left.filter((tag) => matchesGlob(tag, glob))).toEqual([]);
  });

  it.each(['', 'team/*', '{a,b}', 'v[', 'v[]', '[z-a]', '!v', 'a b', '[a/]', '+(a)', 'ä'])('%j is none', (text) => {
    expect(isGlob(text)).toBe(false);
  });

  it('takes no longer for many stars', () => {
    const startedAt = performance.now();
    expect(matchesGlob('a'.repeat(128), `${'*a'.repeat(60)}b`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
