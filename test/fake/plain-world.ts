import type { Fault } from '../../src/fault.ts';
import type { Reference } from '../../src/oci/reference.ts';
import type { ListedRepository } from '../../src/oci/repository.ts';
import type { PromotionEvent } from '../../src/promotion/events.ts';

/** What the worlds of tests have alike: events are kept, nothing is listed, no advice is given. */
export class PlainWorld {
  readonly events: PromotionEvent[] = [];
  protected readonly stopping = new AbortController();

  readonly emit = (event: PromotionEvent): void => {
    this.events.push(event);
  };

  async repositories(_prefix: Reference): Promise<readonly ListedRepository[]> {
    throw new Error('nothing is listed here');
  }

  stop(reason: unknown): void {
    this.stopping.abort(reason);
  }

  async advised(fault: Fault): Promise<Fault> {
    return fault;
  }
}
