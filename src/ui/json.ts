// JSON.stringify leaves what turns, hides or ends a line as it is.
const unsafe = /[\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u007f-\u009f]/gu;

/** A value as one line of JSON in which no character is invisible, or acts on a terminal. */
export function jsonLine(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** The same over several lines, for people to read. */
export function jsonText(value: unknown): string {
  return `${escaped(JSON.stringify(value, undefined, 2))}\n`;
}

function escaped(json: string): string {
  return json.replace(unsafe, (character) =>
    Array.from({ length: character.length }, (_, index) => unitEscape(character.charCodeAt(index))).join(''),
  );
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
