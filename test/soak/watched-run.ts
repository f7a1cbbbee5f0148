import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, startPromote } from '../fake/process.ts';

export interface WatchedRun extends RunResult {
  /** the most resident memory that the process had, in bytes (`VmHWM` of proc(5)) */
  readonly peak: number;
  readonly ms: number;
}

/** Runs the built program and watches its memory. @param limitMs after which it is killed */
export async function watchedRun(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<WatchedRun> {
  const startedAt = performance.now();
  const run = startPromote(args, environment, undefined, undefined, limitMs, await flagsOfImage());
  let peak = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      peak = Math.max(peak, await peakOf(run.pid));
      await sleep(20);
    }
  })();
  try {
    return { ...(await run.result), peak, ms: performance.now() - startedAt };
  } finally {
    isOver = true;
    await watching;
  }
}

/** What the image's entry point gives to Node. */
async function flagsOfImage(): Promise<readonly string[]> {
  const dockerfile = await readFile(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
  const [, entry = ''] = /^ENTRYPOINT \[(.*)\]$/m.exec(dockerfile) ?? [];
  return [...entry.matchAll(/"(--[^"]+)"/g)].map(([, flag = '']) => flag);
}

async function peakOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
}
