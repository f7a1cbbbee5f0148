import { isTooDeep } from '../oci/json-depth.ts';

/** @returns undefined for what is not JSON, or nested too deep: a schema rejects that */
export function parseJson(text: string | Uint8Array): unknown {
  const json = typeof text === 'string' ? text : new TextDecoder().decode(text);
  try {
    return isTooDeep(json) ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
