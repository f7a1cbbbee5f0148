import { type Limits, systemClock } from '../../src/retry.ts';

/** No deadline, and nobody who stops anything. */
export function noLimits(): Limits {
  return { clock: systemClock, signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
}
