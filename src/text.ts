import { withoutCredentials } from './fault.ts';

/** What is read beyond what may be shown, so that a credential that begins in it is seen whole. */
const longestCredential = 16 * 1024;

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A text that somebody else wrote, as it may stand in a log: on one line, nothing in it moves the
 * cursor, hides or turns text, or begins a workflow command (`::`), and no credential is told.
 * @param limit of the result's length, in UTF-16 code units; what is longer ends in `…`
 * @returns what may not be shown stands as `\u{…}`, its code point in hexadecimal
 */
export function printable(text: string, limit = 500): string {
  return shown(text, limit, escaped);
}

/** The same in double quotes, with a backslash before a quote or a backslash in it; the limit is of what is between the quotes. */
export function quoted(text: string, limit = 200): string {
  const quotable = (character: string, before: string): string =>
    character === '"' || character === '\\' ? `\\${character}` : escaped(character, before);
  return `"${shown(text, limit, quotable)}"`;
}

/** What an error says, as it may stand in a message: a server, a proxy or a certificate may have written it. */
export function reasonOf(error: unknown, limit = 500): string {
  return printable((error instanceof Error ? error.message : String(error)).trim(), limit);
}

/** Joins what `show` makes of each character, given what stands before it. */
function shown(text: string, limit: number, show: (character: string, before: string) => string): string {
  let whole = '';
  let kept = '';
  // Each code unit shows as at least one, so this much of the text is enough to reach the limit.
  for (const character of withoutCredentials(text.slice(0, limit + longestCredential)).slice(0, limit + 1)) {
    whole += show(character, whole);
    if (whole.length > limit) return `${kept}…`;
    if (whole.length < limit) kept = whole;
  }
  return whole;
}

function escaped(character: string, before: string): string {
  // Within a word and behind a bracket it is an IPv6 address's, which people copy.
  const beginsCommand = character === ':' && /(?:^|[^\w[]):$/.test(before);
  return beginsCommand || unsafe.test(character) ? `\\u{${character.codePointAt(0)?.toString(16)}}` : character;
}
