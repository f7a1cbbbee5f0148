import { Fault } from '../fault.ts';
import { quoted, reasonOf } from '../text.ts';
import { readWithin } from './bounded.ts';
import type { OptionValues } from './values.ts';

/** Bytes: a hundred thousand lines of two long references. */
const longest = 32 * 1024 * 1024;

/** ends a line, or hides a word, for somebody who looks at it */
const control = /[^\P{Cc}\t]|[\p{Zl}\p{Zp}]/u;

/** One line of `--images-file` that names something. */
export interface ImageLine {
  /** `line 3 of "images.txt"`, for messages */
  readonly where: string;
  readonly source: string;
  readonly destination: string | undefined;
}

/**
 * The lines of `--images-file`: `SOURCE [DESTINATION]`, or an image as `--image` takes it; `#` begins a comment.
 * @returns none where the option is not given
 * @throws Fault USAGE where the file cannot be read, names nothing, or a line has too many words
 */
export async function readImagesFile(values: OptionValues): Promise<readonly ImageLine[]> {
  const path = values.text('images-file');
  if (path === undefined) return [];
  const content = await contentOf(path, values.where('images-file'));
  const name = path === '-' ? 'standard input' : quoted(path);
  const lines = content.split('\n').flatMap((line, index) => readLine(line, `line ${index + 1} of ${name}`));
  if (lines.length > 0) return lines;
  throw new Fault('USAGE', `${values.where('images-file')}: ${name} names no image`);
}

/**
 * Reads a part of a line; a fault says where it stood.
 * @param where undefined for what stands in no file
 */
export function inLine<T>(where: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (where === undefined || !(error instanceof Fault) || error.message.startsWith(where)) throw error;
    throw error.retold(`${where}: ${error.message}`);
  }
}

function readLine(text: string, where: string): readonly ImageLine[] {
  // Other characters end a line for somebody who looks at it, and must not end the comment.
  const line = text.replace(/#.*/s, '').trim();
  if (line === '') return [];
  if (control.test(line)) throw new Fault('USAGE', `${where} holds a control character: ${quoted(line)}`);
  const [source = '', destination, ...surplus] = line.split(/\s+/);
  if (surplus.length === 0) return [{ where, source, destination }];
  throw new Fault('USAGE', `${where} has ${2 + surplus.length} words: ${quoted(line)}`, {
    hint: 'a line is SOURCE [DESTINATION], or an image as --image takes it; # begins a comment',
  });
}

async function contentOf(path: string, where: string): Promise<string> {
  let content: Buffer | undefined;
  try {
    content = await readWithin(path, longest);
  } catch (cause) {
    throw new Fault('USAGE', `${where}: cannot read ${quoted(path)}: ${reasonOf(cause)}`, { cause });
  }
  if (content !== undefined) return content.toString();
  throw new Fault('USAGE', `${where}: ${quoted(path)} holds more than ${longest} bytes`);
}
