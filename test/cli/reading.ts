import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { Fault } from '../../src/fault.ts';

export const digest = `sha256:${'a'.repeat(64)}`;
export const otherDigest = `sha256:${'b'.repeat(64)}`;
export const staged = 'us-docker.pkg.dev/staging/apps/api:v1';
export const production = 'us-docker.pkg.dev/prod/apps/api:v1';

/** The seven substitutions of the documented step. */
export const step = {
  _SOURCE_PROJECT: 'staging',
  _SOURCE_REPO: 'apps',
  _DEST_PROJECT: 'prod',
  _DEST_REPO: 'apps',
  _IMAGE: 'api',
  _TAG: 'v1',
  _LOCATION: 'us',
};

type Environment = Record<string, string | undefined>;

/** `SOURCE → DESTINATION…` of each image, as short as a table wants it. */
export async function copied(argv: string, env: Environment = {}): Promise<string[]> {
  const command = await requested(argv, env);
  return command.request.images.map(({ source, destinations }) => `${source} → ${destinations.join(' ')}`);
}

/** The same of what only a listing can name. */
export async function selected(argv: string, env: Environment = {}): Promise<string[]> {
  const { selections } = (await requested(argv, env)).request;
  return selections.map(({ of, source, destinations }) => `${of} ${source} → ${destinations.join(' ')}`);
}

async function requested(argv: string, env: Environment) {
  const command = await readCommandLine(words(argv), env);
  if (command.name !== 'copy' && command.name !== 'verify') throw new Error(`it is ${command.name}`);
  return command;
}

export async function command<N extends Command['name']>(name: N, argv: string, env: Environment = {}) {
  const read = await readCommandLine(words(argv), env);
  if (!isNamed(read, name)) throw new Error(`it is ${read.name}`);
  return read;
}

function isNamed<N extends Command['name']>(read: Command, name: N): read is Extract<Command, { name: N }> {
  return read.name === name;
}

export async function refusal(argv: string | string[], env: Environment = {}): Promise<string> {
  const fault: unknown = await readCommandLine(typeof argv === 'string' ? words(argv) : argv, env).catch((e) => e);
  if (!(fault instanceof Fault)) throw new Error('it was not refused');
  expect(fault.code).toBe('USAGE');
  return `${fault.message} (${fault.hint})`;
}

function words(argv: string): string[] {
  return argv.split(' ').filter((word) => word !== '');
}

export function file(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'promote-')), 'digest');
  writeFileSync(path, content);
  return path;
}
