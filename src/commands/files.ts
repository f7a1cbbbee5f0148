import { constants } from 'node:fs';
import { access, type FileHandle, lstat, open, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command, Files, ShowText } from '../cli/command.ts';
import { Fault } from '../fault.ts';
import { quoted, reasonOf } from '../text.ts';

/** Names of what is open already: behind them may stand a file that holds more than ours. */
const openStream = /^\/(?:dev\/(?:std|fd\/)|proc\/)/;

const atItsEnd = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/** The files that a command writes. `check` takes all of copy's options, and writes neither digests nor a page. */
export function filesOf(command: Exclude<Command, ShowText>): Files {
  switch (command.name) {
    case 'copy':
    case 'apply':
      return { digestFile: command.digestFile, output: command.settings.output, report: command.settings.report };
    case 'plan':
      return { digestFile: undefined, output: command.planFile, report: undefined };
    case 'iam':
      return { digestFile: undefined, output: command.output, report: undefined };
    default:
      return { digestFile: undefined, output: command.settings.output, report: undefined };
  }
}

/**
 * Takes away what an earlier run left, so that nobody deploys, applies or shows it if this one fails.
 * @throws Fault USAGE that names the option of a file that cannot be written, or is another option's too
 */
export async function prepareFiles(files: Files): Promise<void> {
  const emptied = new Map<string, NamedFile>();
  for (const each of named(files)) {
    const found = await emptyOrRefuse(each);
    if (found === undefined) continue;
    const other = emptied.get(found);
    if (other !== undefined) {
      throw new Fault('USAGE', `${each.flag}: ${quoted(each.file)} is the file of ${other.flag} as well`);
    }
    emptied.set(found, each);
  }
  await Promise.all(Array.from(emptied.values(), ({ file }) => remove(file)));
}

/** The same where another fault is told of already. */
export async function clearFiles(files: Files): Promise<void> {
  await Promise.allSettled(
    named(files).map(async ({ file }) => {
      if ((await empty(file)) !== undefined) await remove(file);
    }),
  );
}

/** Writes a file that was prepared. At its end: what stands behind the name of an open stream may hold more than ours. */
export async function writePrepared(file: string, content: string | Uint8Array): Promise<void> {
  // Held meanwhile: without it a pipe that nobody reads would be waited for, past every signal.
  await using _reached = await reach(file);
  await writeFile(file, content, { flag: atItsEnd });
}

async function reach(file: string): Promise<FileHandle> {
  try {
    return await open(file, atItsEnd | constants.O_NONBLOCK);
  } catch (cause) {
    const unread = cause instanceof Error && 'code' in cause && cause.code === 'ENXIO';
    throw unread ? new Error(`nobody reads ${quoted(file)}`, { cause }) : cause;
  }
}

interface NamedFile {
  readonly flag: string;
  readonly file: string;
}

function named({ digestFile, output, report }: Files): readonly NamedFile[] {
  const all = [
    { flag: '--digest-file', file: digestFile },
    { flag: '--output', file: output },
    { flag: '--report', file: report },
  ];
  return all.flatMap(({ flag, file }) => (file === undefined ? [] : [{ flag, file }]));
}

async function emptyOrRefuse({ flag, file }: NamedFile): Promise<string | undefined> {
  try {
    return await empty(file);
  } catch (cause) {
    throw new Fault('USAGE', `${flag}: ${quoted(file)} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Empties a file, which shows that it can be written.
 * @returns which file it is, by whatever name; undefined for a stream
 */
async function empty(file: string): Promise<string | undefined> {
  if (await isStream(file)) {
    await access(file, constants.W_OK);
    return undefined;
  }
  await using handle = await open(file, 'w');
  const { dev, ino } = await handle.stat({ bigint: true });
  return `${dev} ${ino}`;
}

/** A link stays, and so does what its folder keeps. */
async function remove(file: string): Promise<void> {
  if ((await lstat(file)).isFile()) await rm(file).catch(() => undefined);
}

/** A device, a pipe, a socket: what keeps nothing of an earlier run. What is not there becomes a file. */
async function isStream(file: string): Promise<boolean> {
  if (openStream.test(resolve(file))) return true;
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}
