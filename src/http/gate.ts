import { type Limits, PauseTooLong, parseRetryAfter } from '../retry.ts';
import type { Headers } from './transport.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
const mostInARow = 5;
/** between two requests to a host that throttled before, for each time in a row */
const turnMs = 20;

interface Pause {
  until: number;
  /** how often it was throttled, less what went well since */
  inARow: number;
  /** when the next request may go */
  turn: number;
}

/** What an answer tells whoever asks too much: 429, and 503 that says when to come back. */
export function throttles({ status, headers }: { readonly status: number; readonly headers: Headers }): boolean {
  return status === 429 || (status === 503 && parseRetryAfter(headers['retry-after'], 0) !== undefined);
}

/**
 * One for the whole run: a host that throttles one request is left alone by all. Afterwards they come one by one, the
 * more slowly the more often it happened, and each answer that is no refusal brings them closer together.
 */
export class Gate {
  readonly #limits: Limits;
  readonly #pauses = new Map<string, Pause>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Waits until the host may be asked again. */
  async pass(host: string): Promise<void> {
    const { clock, signal } = this.#limits;
    for (;;) {
      const pause = this.#pauses.get(host);
      if (pause === undefined) return;
      const now = clock.now();
      if (pause.until > now) {
        await clock.sleep(pause.until - now, signal);
        continue;
      }
      const turn = Math.max(now, pause.turn);
      pause.turn = turn + turnMs * pause.inARow;
      if (turn > now) await clock.sleep(turn - now, signal);
      if (pause.until <= clock.now()) return;
    }
  }

  /**
   * @param retryAfterMs what the host asked for: kept; without it the pauses grow, with jitter
   * @param before how often the same request was throttled already
   * @returns the milliseconds from now that the host is left alone
   * @throws PauseTooLong when the pause would end past the deadline
   */
  pause(host: string, retryAfterMs: number | undefined, before: number): number {
    const { clock, deadline } = this.#limits;
    const now = clock.now();
    const pause = this.#pauses.get(host) ?? { until: 0, inARow: 0, turn: 0 };
    const grown = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(pause.inARow, before));
    const ms =
      retryAfterMs ?? Math.min(Math.floor(grown * (0.5 + clock.random() / 2)), Math.max(1, deadline - now - 1));
    const until = now + ms;
    // A pause of our own choosing ends before the deadline does: only a host's own wish can be too long.
    if (until >= deadline) {
      throw new PauseTooLong(
        'THROTTLED',
        `${host} throttles and asks for a pause of ${Math.ceil(ms / 1000)} s, which ends past the deadline`,
        {
          hint: "wait and run it again (nothing that is there already is sent twice), or raise --deadline; a project's quota is under IAM & Admin, Quotas",
        },
      );
    }
    // Requests that were under way when the host first said so count as one with it.
    if (now >= pause.until) pause.inARow = Math.min(mostInARow, pause.inARow + 1);
    pause.until = Math.max(pause.until, until);
    this.#pauses.set(host, pause);
    return ms;
  }

  /** The host answered normally. */
  open(host: string): void {
    const pause = this.#pauses.get(host);
    if (pause === undefined || this.#limits.clock.now() < pause.until) return;
    pause.inARow -= 1;
    if (pause.inARow <= 0) this.#pauses.delete(host);
  }
}
