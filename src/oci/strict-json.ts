import { visit } from 'jsonc-parser';
import { Fault } from '../fault.ts';
import { printable, quoted, reasonOf } from '../text.ts';
import { deepest, isTooDeep } from './json-depth.ts';

/**
 * Reads JSON that every reader reads alike: UTF-8 without a byte order mark, no key twice in one
 * object (RFC 8259 leaves open which of them counts), nested 64 deep at most.
 * @param what names the document in messages
 * @throws Fault MANIFEST_INVALID
 */
export function parseStrictJson(bytes: Uint8Array, what: string): unknown {
  const text = decoded(bytes, what);
  if (isTooDeep(text)) throw new Fault('MANIFEST_INVALID', `${what}: is nested more than ${deepest} deep`);
  const value = parsed(text, what);
  checkKeys(text, what);
  return value;
}

/** A field as messages name it: `layers[2].digest`. */
export function fieldName(path: readonly unknown[]): string {
  let name = '';
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`;
    else if (/^[A-Za-z]\w{0,80}$/.test(String(step))) name += name === '' ? step : `.${step}`;
    else name += `[${quoted(String(step), 80)}]`;
  }
  return printable(name);
}

function decoded(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('MANIFEST_INVALID', `${what}: is not UTF-8`, { cause });
  }
}

function parsed(text: string, what: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new Fault('MANIFEST_INVALID', `${what}: is not JSON: ${reasonOf(cause, 200)}`);
  }
}

/** @param text is well-formed JSON */
function checkKeys(text: string, what: string): void {
  const keys: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      keys.push(new Set());
    },
    onObjectProperty: (key, _offset, _length, _line, _column, pathOfObject) => {
      if (keys.at(-1)?.has(key)) {
        throw new Fault('MANIFEST_INVALID', `${what}: ${fieldName([...pathOfObject(), key])}: stands twice`);
      }
      keys.at(-1)?.add(key);
    },
    onObjectEnd: () => {
      keys.pop();
    },
  });
}
