import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { requireTool } from '../../fake/tools.ts';

/** A registry with the referrers API, as a process of its own, on loopback; it keeps everything in memory. */
export interface OciRegistry {
  /** `127.0.0.1:PORT`, as it stands in a reference */
  readonly host: string;
  readonly base: string;
  stop(): Promise<void>;
}

/** Starts what is built from `oci-registry/main.go`. @throws Error with its output when it does not come up */
export async function startOciRegistry(): Promise<OciRegistry> {
  const child = spawn(requireTool('oci-registry'), [], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for await (const line of createInterface(child.stdout)) {
    const host = /^listening on (\S+)$/.exec(line)?.[1];
    if (host === undefined) continue;
    child.stdout.resume();
    return {
      host,
      base: `http://${host}`,
      stop: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
  throw new Error('oci-registry ended before it listened');
}
