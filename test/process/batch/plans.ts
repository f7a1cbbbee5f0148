import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runPromote } from '../../fake/process.ts';
import { temporaryFolder } from './batch.ts';

/** A plan that was made and kept. */
export interface MadePlan {
  readonly path: string;
  /** as `plan` printed it */
  readonly digest: string;
}

/** Runs `promote plan` for one test. @param args sources and destinations */
export async function makePlan(args: readonly string[], environment: Record<string, string> = {}): Promise<MadePlan> {
  const path = join(await temporaryFolder(), 'plan.json');
  const { status, stdout, stderr } = await runPromote(['plan', ...args, '--output', path], environment);
  expect(status, stderr).toBe(0);
  return { path, digest: /^plan (sha256:\S+)$/m.exec(stdout)?.[1] ?? '' };
}

/** Changes the text of a plan, as someone would who edits it. */
export async function edit({ path }: MadePlan, change: (text: string) => string): Promise<void> {
  const before = await readFile(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
}
