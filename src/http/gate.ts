import { Fault } from '../fault.ts';
import type { Limits } from '../retry.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

interface Pause {
  until: number;
  /** throttled answers since the last one that was not */
  inARow: number;
}

/** One for the whole run: a host that throttles one request is left alone by all. */
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
      const wait = (this.#pauses.get(host)?.until ?? 0) - clock.now();
      if (wait <= 0) return;
      await clock.sleep(wait, signal);
    }
  }

  /**
   * @param retryAfterMs what the host asked for: kept exactly; without it the pauses grow, with jitter
   * @returns the milliseconds from now that the host is left alone
   * @throws Fault THROTTLED when the pause would end past the deadline
   */
  pause(host: string, retryAfterMs: number | undefined): number {
    const { clock, deadline } = this.#limits;
    const pause = this.#pauses.get(host) ?? { until: 0, inARow: 0 };
    const grown = Math.min(longestPauseMs, firstPauseMs * 2 ** pause.inARow);
    const ms = retryAfterMs ?? Math.floor(grown * (0.5 + clock.random() / 2));
    const until = clock.now() + ms;
    if (until >= deadline) {
      throw new Fault(
        'THROTTLED',
        `${host} throttles and asks for a pause of ${Math.ceil(ms / 1000)} s, which ends past the deadline`,
        {
          hint: "wait and run it again (nothing that is there already is sent twice), or raise --deadline; a project's quota is under IAM & Admin, Quotas",
        },
      );
    }
    this.#pauses.set(host, { until: Math.max(pause.until, until), inARow: pause.inARow + 1 });
    return ms;
  }

  /** The host answered normally. */
  open(host: string): void {
    const pause = this.#pauses.get(host);
    if (pause !== undefined) pause.inARow = Math.max(0, pause.inARow - 1);
  }
}
