/** nothing of a registry's is nested as deep */
export const deepest = 64;
const steps: ReadonlyMap<string, number> = new Map([
  ['[', 1],
  ['{', 1],
  [']', -1],
  ['}', -1],
]);

/** To be asked before the text is parsed: brackets alone would take many times their own size, and a reader's stack. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === '"') inString = !inString;
    else if (inString) index += character === '\\' ? 1 : 0;
    else depth += steps.get(character ?? '') ?? 0;
    if (depth > deepest) return true;
  }
  return false;
}
