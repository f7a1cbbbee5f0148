import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from './fault.ts';

/** Time and chance, so that both can be replaced where waits are computed. */
export interface Clock {
  /** milliseconds since the epoch */
  now(): number;
  /** @throws the signal's reason when it is aborted meanwhile */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** from 0 to below 1 */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};

/** When everything has to be over, and why it was stopped before. */
export interface Limits {
  readonly clock: Clock;
  /** aborted by the deadline and by SIGINT or SIGTERM; the reason is a Fault */
  readonly signal: AbortSignal;
  /** milliseconds since the epoch */
  readonly deadline: number;
}

export const mostTries = 6;
/** how often what was put is looked for: a registry may need a moment until it shows what it took */
export const mostLooks = 4;
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** Before try `n + 1`: full jitter over 0.5 s, 1 s, 2 s … 30 s. */
export function waitAfter(tries: number, random: number): number {
  return Math.floor(random * Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1)));
}

/**
 * A Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3).
 * @returns milliseconds from now, or undefined where it is neither
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A date has a weekday's name; Date.parse alone would also take "-1" or "1.5".
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Counts the tries of one piece of work and waits between them. */
export class Backoff {
  readonly #limits: Limits;
  readonly #mostTries: number;
  #tries = 1;

  constructor(limits: Limits, tries = mostTries) {
    this.#limits = limits;
    this.#mostTries = tries;
  }

  /** the number of the try that is under way, from 1 */
  get tries(): number {
    return this.#tries;
  }

  get spent(): boolean {
    return this.#tries >= this.#mostTries;
  }

  /**
   * Waits before the next try.
   * @returns the milliseconds waited
   * @throws `fault` when the tries are used up or the wait would pass the deadline
   */
  async failed(fault: unknown): Promise<number> {
    if (this.spent) throw fault;
    const { clock, signal, deadline } = this.#limits;
    const ms = waitAfter(this.#tries, clock.random());
    this.#tries += 1;
    if (clock.now() + ms >= deadline) throw fault;
    await clock.sleep(ms, signal);
    return ms;
  }
}

/** A host asks for a pause that ends past the deadline: nothing is left to be tried. */
export class PauseTooLong extends Fault {}

/** May the same request succeed when it is simply sent again? A name that nobody knows is misspelt, as a rule. */
export function isTransient(fault: unknown): boolean {
  if (!(fault instanceof Fault) || fault instanceof PauseTooLong) return false;
  if (fault.code === 'NETWORK') return !isUnknownName(fault.cause);
  return fault.code === 'REGISTRY_FAILED' || fault.code === 'THROTTLED';
}

function isUnknownName(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOTFOUND';
}
