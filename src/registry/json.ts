/** no answer of a registry is nested as deep; brackets alone would take many times their own size */
const deepest = 64;
const steps: ReadonlyMap<string, number> = new Map([
  ['[', 1],
  ['{', 1],
  [']', -1],
  ['}', -1],
]);

/** @returns undefined for what is not JSON, or nested more than 64 deep: a schema rejects that */
export function parseJson(text: string | Uint8Array): unknown {
  const json = typeof text === 'string' ? text : new TextDecoder().decode(text);
  try {
    return isDeep(json) ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isDeep(json: string): boolean {
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
