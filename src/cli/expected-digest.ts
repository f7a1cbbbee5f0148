import { createReadStream } from 'node:fs';
import { Fault } from '../fault.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { quoted, reasonOf } from '../text.ts';
import type { OptionValues } from './values.ts';

/** Bytes: a reference of the greatest length and a sha512 digest are far below it. */
const longestLine = 4096;

/**
 * The digest that the source must have, from `--expect-digest` or the first line of `--expect-digest-file`.
 * @throws Fault USAGE when a digest is malformed, the file cannot be read, or the two differ
 */
export async function readExpectedDigest(values: OptionValues): Promise<Digest | undefined> {
  const text = values.text('expect-digest');
  const file = values.text('expect-digest-file');
  const given = text === undefined ? undefined : digestIn(text, values.where('expect-digest'));
  const read = file === undefined ? undefined : await digestInFile(file, values.where('expect-digest-file'));
  if (given !== undefined && read !== undefined && given !== read) {
    throw new Fault(
      'USAGE',
      `${values.where('expect-digest')} is ${given}, but the file of ${values.where('expect-digest-file')} has ${read}`,
    );
  }
  return given ?? read;
}

async function digestInFile(path: string, where: string): Promise<Digest> {
  return digestIn(await firstLine(path, where), `${where}, first line of ${quoted(path)}`);
}

/** `DIGEST` or `NAME@DIGEST`, as `--digest-file`, other tools and a registry's messages write it. */
function digestIn(text: string, where: string): Digest {
  return parseDigest(text.trim().slice(text.trim().lastIndexOf('@') + 1), where);
}

async function firstLine(path: string, where: string): Promise<string> {
  try {
    let text = '';
    // A pipe brings its line in pieces.
    for await (const piece of createReadStream(path, { encoding: 'utf8', end: longestLine - 1 })) {
      text += piece;
      if (text.includes('\n')) break;
    }
    return text.split('\n', 1)[0] ?? '';
  } catch (cause) {
    throw new Fault('USAGE', `${where}: cannot read ${quoted(path)}: ${reasonOf(cause)}`, { cause });
  }
}
