const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A text that somebody else wrote, as it may stand in a log: on one line, nothing in it moves the
 * cursor, hides or turns text, or begins a workflow command (`::`).
 * @param limit of the result's length, in UTF-16 code units; what is longer ends in `…`
 * @returns what may not be shown stands as `\u{…}`, its code point in hexadecimal
 */
export function printable(text: string, limit = 500): string {
  let shown = '';
  let kept = '';
  // Each code unit shows as at least one, so this much of the text is enough to reach the limit.
  for (const character of text.slice(0, limit + 1)) {
    const commandBegins = character === ':' && shown.endsWith(':');
    shown += commandBegins || unsafe.test(character) ? escaped(character) : character;
    if (shown.length > limit) return `${kept}…`;
    if (shown.length < limit) kept = shown;
  }
  return shown;
}

/** The same in double quotes, with JSON's escapes for quotes and backslashes: for what a person or a file gave. */
export function quoted(text: string, limit = 200): string {
  return `"${printable(JSON.stringify(text.slice(0, limit)).slice(1, -1), limit)}${text.length > limit ? '…' : ''}"`;
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
