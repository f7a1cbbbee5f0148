import type { Log } from '../ui/log.ts';
import type { Paper } from '../ui/report.ts';

/** What a command works with besides its own words. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** standard output: results, and nothing else */
  readonly print: (text: string) => void;
  /** what standard output is */
  readonly paper: Paper;
  readonly log: Log;
  /** aborted with a Fault by SIGINT and SIGTERM */
  readonly ended: AbortSignal;
}
