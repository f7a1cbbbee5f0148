import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { findTool } from '../fake/tools.ts';

/** One run of one command, from a cold process to its end. */
export interface Measurement {
  readonly wallMs: number;
  /** user and system; undefined without a meter */
  readonly cpuMs: number | undefined;
  /** largest resident set; undefined without a meter */
  readonly peakMiB: number | undefined;
}

/** Reads what the kernel says of a process that ended (wait4), by GNU time. */
export type Meter = (command: readonly string[]) => {
  readonly command: readonly string[];
  /** GNU time counts CPU in hundredths of a second */
  read(): Promise<{ readonly cpuMs: number; readonly peakMiB: number }>;
};

const runLimitMs = 180_000;

/** @returns undefined where GNU time is not installed */
export async function findMeter(file: string): Promise<Meter | undefined> {
  const time = findTool('time');
  if (time === undefined) return undefined;
  const child = spawn(time, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  if (!/GNU/.test(await text(child.stdout))) return undefined;
  return (command) => ({
    command: [time, '--quiet', '--format=%U %S %M', `--output=${file}`, ...command],
    read: async () => {
      const [user = 0, system = 0, peakKiB = 0] = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
      return { cpuMs: Math.round((user + system) * 1000), peakMiB: Math.round(peakKiB / 1024) };
    },
  });
}

/**
 * @param env all that the command sees of one
 * @throws Error with the command's output when it fails, takes longer than three minutes or is aborted
 */
export async function measure(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  meter: Meter | undefined,
  signal: AbortSignal,
): Promise<Measurement> {
  const metered = meter?.(command);
  const started = performance.now();
  await runToEnd(metered?.command ?? command, env, AbortSignal.any([signal, AbortSignal.timeout(runLimitMs)]));
  const wallMs = performance.now() - started;
  const { cpuMs, peakMiB } = (await metered?.read()) ?? {};
  return { wallMs, cpuMs, peakMiB };
}

async function runToEnd(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  // A process group of its own, so that what a meter started ends with it.
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  const kill = (): void => {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', resolve);
    });
    signal.throwIfAborted();
    if (status !== 0) throw new Error(`${args.join(' ')}: exit status ${status}\n${(await output).join('\n')}`);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
