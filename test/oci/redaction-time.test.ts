import { describe, expect, it } from 'vitest';
import { Fault, withoutCredentials } from '../../src/fault.ts';
import { printable, quoted } from '../../src/text.ts';

// The largest of these take a minute where the time grows by the square of the length: the test's own limit fails then.
describe('a text of megabytes that looks like the beginnings of credentials', () => {
  const beginnings = ['eyJ', 'eyJ.', 'eyJabcdefgh.', 'bearer ', 'basic\t', 'ya29.', 'eyJabcdefgh.abcdefgh.'];

  it.each(beginnings)('S33 %j over and over is told in no time', (beginning) => {
    const text = beginning.repeat(2_000_000);
    expect(printable(text).length).toBeLessThanOrEqual(500);
    expect(quoted(text).length).toBeLessThanOrEqual(202);
    expect(new Fault('PROTOCOL', text).message.length).toBeLessThanOrEqual(32 * 1024);
  });

  it('a credential is left out all the same, wherever it stands', () => {
    const jwt = `eyJ${'a'.repeat(40)}.${'b'.repeat(400)}.${'c'.repeat(60)}`;
    for (const text of [jwt, `token ${jwt}`, `"${jwt}"`, `Bearer ${jwt}`, `x=${jwt};`]) {
      expect(withoutCredentials(text)).not.toContain('bbbb');
      expect(printable(text)).not.toContain('bbbb');
    }
    expect(printable(`${'x '.repeat(240)}${jwt}`)).not.toContain('aaaa');
  });
});
