import { asFault, Fault } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { PlannedDestination, PlannedImage } from './plan.ts';
import type { ImageOutcome } from './report.ts';
import type { ImageRequest, PromotionPolicy } from './request.ts';

/** What became of one destination of one image. */
export interface Entry {
  source: string;
  readonly destination: Reference;
  digest: Digest | undefined;
  previousDigest: Digest | undefined;
  attached: readonly Digest[];
  outcome: ImageOutcome;
  verified: boolean;
  fault: Fault | undefined;
  /** what whoever hears of the fault may want to put back */
  toPutBack: readonly PlannedDestination[];
}

/** The state of a run that its report is made from, a row for each destination. */
export class Ledger {
  readonly #entries = new Map<Reference, Entry>();
  #stopped: Fault | undefined;
  #hasFailed = false;

  constructor(images: readonly ImageRequest[]) {
    this.begin(images);
  }

  /** A row for each destination of these images, and no others. */
  begin(images: readonly ImageRequest[]): void {
    this.#entries.clear();
    for (const { source, destinations } of images) {
      for (const destination of destinations) {
        this.#entries.set(destination, {
          source: source.toString(),
          destination,
          digest: undefined,
          previousDigest: undefined,
          attached: [],
          outcome: 'withheld',
          verified: false,
          fault: undefined,
          toPutBack: [],
        });
      }
    }
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** What ended the run as a whole. */
  get stopped(): Fault | undefined {
    return this.#stopped;
  }

  /** Did anything fail so far? */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** After a failure nobody goes on, unless whoever did not fail may. */
  withholds({ onFailure }: Pick<PromotionPolicy, 'onFailure'>): boolean {
    return onFailure === 'withhold' && this.#hasFailed;
  }

  entry(destination: Reference): Entry {
    const entry = this.#entries.get(destination);
    if (entry === undefined) throw new Fault('UNEXPECTED', `${destination} is not part of this run`);
    return entry;
  }

  planned(image: PlannedImage, destination: PlannedDestination): void {
    const entry = this.entry(destination.reference);
    entry.source = image.source.toString();
    entry.digest = image.digest;
    if (destination.action === 'move') entry.previousDigest = destination.current;
    // The plan rests on the bytes of the destination's tag.
    if (destination.action === 'unchanged') {
      entry.outcome = 'unchanged';
      entry.verified = true;
    }
  }

  failed(destination: Reference, error: unknown): void {
    const entry = this.entry(destination);
    entry.outcome = 'failed';
    entry.verified = false;
    entry.fault = asFault(error);
    this.#hasFailed = true;
  }

  /** It was put and stays promoted, but something ended the run before it was read back. */
  unproved(destination: Reference, fault: Fault): void {
    this.entry(destination).fault = fault;
    this.#hasFailed = true;
  }

  /** Its tag has the digest, but something would still be written for it. */
  toBeCompleted(destination: Reference): void {
    const entry = this.entry(destination);
    entry.outcome = 'planned';
    entry.verified = false;
  }

  /** What was not to be put in this run is planned, unless a failure withholds it. */
  markPlanned(policy: Pick<PromotionPolicy, 'onFailure'>): void {
    if (this.withholds(policy)) return;
    for (const entry of this.entries) if (entry.outcome === 'withheld') entry.outcome = 'planned';
  }

  stop(error: unknown): void {
    this.#stopped ??= asFault(error);
    this.#hasFailed = true;
  }
}
