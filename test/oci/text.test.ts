import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, quoted } from '../../src/text.ts';

const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?<![\w[])::/u;
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(':', '\u001b', '\u202e', '\ud800', '\udc00', '\n', 'a', '\u{1f600}', '"', '\\') }),
);

describe('printable', () => {
  it.each([
    ['plain text', 'plain text'],
    ['Größe 日本 \u{1f600}', 'Größe 日本 \u{1f600}'],
    ['a\nb\r\nc\td', String.raw`a\u{a}b\u{d}\u{a}c\u{9}d`],
    ['\u001b[31mred', String.raw`\u{1b}[31mred`],
    ['\u0000\u007f\u009b', String.raw`\u{0}\u{7f}\u{9b}`],
    ['a\u202eb\u2066c', String.raw`a\u{202e}b\u{2066}c`],
    ['a\u200bb\ufeffc\u00add\u061ce', String.raw`a\u{200b}b\u{feff}c\u{ad}d\u{61c}e`],
    ['a\u2028b\u2029c\u0085d', String.raw`a\u{2028}b\u{2029}c\u{85}d`],
    ['a\ud800b\udc00', String.raw`a\u{d800}b\u{dc00}`],
    ['\u{e0041}\u3164', String.raw`\u{e0041}\u{3164}`],
    ['::error::x', String.raw`:\u{3a}error::x`],
    ['a\n ::stop::x', String.raw`a\u{a} :\u{3a}stop::x`],
    ['http://[::1]:5000/app, [2001:db8::7]', 'http://[::1]:5000/app, [2001:db8::7]'],
    [':::', String.raw`:\u{3a}:`],
    ['a:b', 'a:b'],
    ['', ''],
  ])('S38 %j', (text, expected) => expect(printable(text)).toBe(expected));

  it.each([
    ['abcde', 5, 'abcde'],
    ['abcdef', 5, 'abcd…'],
    ['abc\n', 5, 'abc…'],
    ['abc\u{1f600}', 5, 'abc\u{1f600}'],
    ['abc\u{1f600}x', 5, 'abc…'],
    ['abcd\u{1f600}', 5, 'abcd…'],
    ['\n\n', 5, '…'],
  ])('S38 %j within %i', (text, limit, expected) => expect(printable(text, limit)).toBe(expected));

  it('S38 ends after 500 characters where nothing else is said', () => {
    expect(printable('x'.repeat(500))).toHaveLength(500);
    expect(printable('x'.repeat(1_000_000))).toBe(`${'x'.repeat(499)}…`);
  });

  it('S38 is harmless and short whatever it is given', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const shown = printable(text, limit);
        expect(shown).not.toMatch(harmful);
        expect(shown.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('quoted', () => {
  it.each([
    ['', '""'],
    ['a "b" \\ c', String.raw`"a \"b\" \\ c"`],
    ['a\nb', String.raw`"a\u{a}b"`],
    ['a\u202eb', String.raw`"a\u{202e}b"`],
  ])('%j', (text, expected) => expect(quoted(text)).toBe(expected));

  it('S38 ends after 200 characters between the quotes', () => {
    expect(quoted('x'.repeat(200))).toBe(`"${'x'.repeat(200)}"`);
    expect(quoted('x'.repeat(201))).toBe(`"${'x'.repeat(199)}…"`);
    expect(quoted('"'.repeat(101))).toBe(`"${'\\"'.repeat(99)}…"`);
  });

  it('S38 is harmless whatever it is given', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(quoted(text)).not.toMatch(harmful);
        expect(quoted(text)).toMatch(/^"(?:[^"\\]|\\.)*"$/);
      }),
    );
  });
});
