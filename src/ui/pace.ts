import { bytesText, durationText } from './quantities.ts';

interface Sample {
  readonly at: number;
  readonly sent: number;
}

/** How fast bytes move, over the last while. */
export class Pace {
  readonly #windowMs: number;
  #samples: readonly Sample[] = [];

  /** @param windowMs that the speed is taken over, milliseconds */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** @param at milliseconds of a clock; @param sent bytes by then */
  take(at: number, sent: number): void {
    const [, second] = this.#samples;
    const kept = second !== undefined && at - second.at >= this.#windowMs ? this.#samples.slice(1) : this.#samples;
    this.#samples = [...kept, { at, sent }];
  }

  /** Bytes a second; undefined before there is anything to tell it from. */
  get perSecond(): number | undefined {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return undefined;
    return Math.max(0, ((last.sent - first.sent) * 1000) / (last.at - first.at));
  }
}

/** `1.2 GiB of 3.4 GiB (35 %), 120.0 MiB/s, 18.3 s left` */
export function paceText(
  { sent, size }: { readonly sent: number; readonly size: number },
  perSecond: number | undefined,
): string {
  const share = size === 0 ? 0 : Math.min(100, Math.floor((sent * 100) / size));
  const far = `${bytesText(sent)} of ${bytesText(size)} (${share} %)`;
  if (perSecond === undefined) return far;
  const left = perSecond === 0 ? 'standing still' : `${durationText(((size - sent) * 1000) / perSecond)} left`;
  return `${far}, ${bytesText(Math.round(perSecond))}/s, ${left}`;
}
