import { asFault, Fault } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { PlannedImage, PlannedTag } from './plan.ts';
import type { ImageOutcome } from './report.ts';

/** What became of one destination of one image. */
export interface Entry {
  source: string;
  readonly destination: Reference;
  digest: Digest | undefined;
  previousDigest: Digest | undefined;
  outcome: ImageOutcome;
  verified: boolean;
  fault: Fault | undefined;
}

/** The state of a run that its report is made from, a row for each destination. */
export class Ledger {
  readonly entries: Entry[] = [];

  open(source: Reference, destination: Reference): Entry {
    const entry: Entry = {
      source: source.toString(),
      destination,
      digest: undefined,
      previousDigest: undefined,
      outcome: 'withheld',
      verified: false,
      fault: undefined,
    };
    this.entries.push(entry);
    return entry;
  }

  entry(destination: Reference): Entry {
    const entry = this.entries.find((each) => each.destination === destination);
    if (entry === undefined) throw new Fault('UNEXPECTED', `${destination} is not part of this run`);
    return entry;
  }

  planned(image: PlannedImage, tag: PlannedTag): void {
    const entry = this.entry(tag.reference);
    entry.source = image.source.toString();
    entry.digest = image.digest;
    if (tag.action === 'move') entry.previousDigest = tag.current;
    // The plan rests on the bytes of the destination's tag.
    if (tag.action === 'unchanged') {
      entry.outcome = 'unchanged';
      entry.verified = true;
    }
  }

  failed(destination: Reference, error: unknown): void {
    const entry = this.entry(destination);
    entry.outcome = 'failed';
    entry.verified = false;
    entry.fault = asFault(error);
  }
}
