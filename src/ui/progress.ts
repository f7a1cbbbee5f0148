import type { PromotionEvent } from '../promotion/events.ts';
import { bytesText } from './quantities.ts';

const quietMs = 15_000;

/** Sums what byte events say, and tells from time to time how far the uploads are. */
export class Progress {
  readonly #uploads = new Map<string, { readonly sent: number; readonly size: number }>();
  readonly #now: () => number;
  #toldAt: number;

  /** @param now a clock's milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#toldAt = now();
  }

  /** @returns a text when 15 s went by since the last one */
  take(event: Extract<PromotionEvent, { type: 'bytes' }>): string | undefined {
    this.#uploads.set(`${event.repository} ${event.digest}`, { sent: event.sent, size: event.size });
    if (this.#now() - this.#toldAt < quietMs) return undefined;
    this.#toldAt = this.#now();
    const uploads = [...this.#uploads.values()];
    const sent = uploads.reduce((sum, upload) => sum + upload.sent, 0);
    const size = uploads.reduce((sum, upload) => sum + upload.size, 0);
    return `${bytesText(sent)} of ${bytesText(size)} so far`;
  }
}
