import { describe, expect, it } from 'vitest';
import { algorithmOf, digestOf, isDigest, parseDigest } from '../../src/oci/digest.ts';
import { caught } from './caught.ts';

const emptySha256 = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digest', () => {
  it('S34 is taken with the algorithm that was asked for', () => {
    expect(digestOf(new Uint8Array(), 'sha256')).toBe(emptySha256);
    expect(digestOf(new Uint8Array(), 'sha512')).toBe(
      'sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    );
  });

  it('knows its algorithm', () => {
    expect(algorithmOf(digestOf(new Uint8Array(), 'sha256'))).toBe('sha256');
    expect(algorithmOf(digestOf(new Uint8Array(), 'sha512'))).toBe('sha512');
  });

  it.each([
    ['', 'empty'],
    ['sha256', 'no value'],
    ['sha256:', 'empty value'],
    [`sha256:${'a'.repeat(63)}`, 'a digit short'],
    [`sha256:${'a'.repeat(65)}`, 'a digit long'],
    [`sha256:${'A'.repeat(64)}`, 'upper case'],
    [`sha256:${'g'.repeat(64)}`, 'not hexadecimal'],
    [`sha512:${'a'.repeat(64)}`, 'the length of another algorithm'],
    [`sha384:${'a'.repeat(96)}`, 'an unknown algorithm'],
    [`md5:${'a'.repeat(32)}`, 'a weak algorithm'],
    [`SHA256:${'a'.repeat(64)}`, 'algorithm in upper case'],
    [`${emptySha256}\n`, 'a line end behind'],
    [` ${emptySha256}`, 'a space before'],
    [`sha256:../../${'a'.repeat(58)}`, 'a path'],
  ])('S32 %j is none: %s', (text) => {
    expect(isDigest(text)).toBe(false);
    const fault = caught(() => parseDigest(text, '--expect-digest'));
    expect(fault.code).toBe('USAGE');
    expect(fault.message).toContain('--expect-digest');
  });

  it('is returned as it was written', () => {
    expect(parseDigest(emptySha256, 'x')).toBe(emptySha256);
  });
});
