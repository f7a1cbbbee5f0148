import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** How a run of the program ended. */
export interface RunResult {
  /** exit status; null where a signal ended it */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the program that is under way. */
export interface Run {
  /** @throws Error with the output, when the run takes longer than its limit; it is killed then */
  readonly result: Promise<RunResult>;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
}

const hardLimitMs = 60_000;
const bundle = join(import.meta.dirname, '../../dist/promote.cjs');

/**
 * Starts the built program.
 * @param environment all that it sees of one, besides PATH
 * @param folder where it runs
 * @param input its standard input; there is none without
 * @param limitMs after which it is killed
 * @param flags for Node itself
 */
export function startPromote(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder = process.cwd(),
  input?: string,
  limitMs = hardLimitMs,
  flags: readonly string[] = [],
): Run {
  if (!existsSync(bundle)) throw new Error(`${bundle} is not there: run "npm run build" first`);
  const env = { PATH: process.env.PATH ?? '', ...environment };
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const child = spawn(process.execPath, [...flags, bundle, ...args], {
    env,
    cwd: folder,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  return { result: resultOf(child, limitMs), pid: child.pid ?? 0, kill: (signal) => void child.kill(signal) };
}

/** Runs the built program to its end. */
export function runPromote(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<RunResult> {
  return startPromote(args, environment).result;
}

function resultOf(child: ChildProcess, limitMs: number): Promise<RunResult> {
  const stdout = textOf(child.stdout);
  const stderr = textOf(child.stderr);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`still running after ${limitMs} ms\n--- stdout\n${stdout()}\n--- stderr\n${stderr()}`));
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout: stdout(), stderr: stderr() });
    });
  });
}

function textOf(stream: ChildProcess['stdout']): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
