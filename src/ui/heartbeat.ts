import { Pace, paceText } from './pace.ts';
import type { Tally } from './tally.ts';

const everyMs = 10_000;

/** Tells from time to time how far a long copy is, where nothing else moves. */
export class Heartbeat {
  readonly #now: () => number;
  readonly #pace = new Pace(everyMs);
  #toldAt: number;
  #sampledAt: number;

  /** @param now a clock's milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#toldAt = now();
    this.#sampledAt = this.#toldAt;
    this.#pace.take(this.#toldAt, 0);
  }

  /** To be asked whenever bytes have moved. @returns a text every 10 s */
  beat({ bytes }: Tally): string | undefined {
    const now = this.#now();
    if (now - this.#sampledAt >= 1000) {
      this.#sampledAt = now;
      this.#pace.take(now, bytes.sent);
    }
    if (now - this.#toldAt < everyMs) return undefined;
    this.#toldAt = now;
    return paceText(bytes, this.#pace.perSecond);
  }
}
