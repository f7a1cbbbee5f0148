import type { Fault } from '../fault.ts';
import type { ContentCopy } from './content.ts';
import { type Entry, Ledger } from './ledger.ts';
import type { ImageReport, Report, ReportedFault } from './report.ts';
import type { ImageRequest } from './request.ts';
import { withWayBack } from './tag-faults.ts';
import type { World } from './world.ts';

/** What a run does: it enters what becomes of each destination, and gives what it copied. */
export type Work = (ledger: Ledger) => Promise<readonly ContentCopy[]>;

/**
 * Does the work and tells of it. What it throws ended the run as a whole.
 * @param images known from the beginning; the work may enter others in their place
 * @returns always a report; what failed stands in it
 */
export async function accountFor(images: readonly ImageRequest[], work: Work, world: World): Promise<Report> {
  const startedAt = world.limits.clock.now();
  const ledger = new Ledger(images);
  let copies: readonly ContentCopy[] = [];
  try {
    copies = await work(ledger);
  } catch (error) {
    ledger.stop(error);
  }
  return makeReport(ledger, copies, world.limits.clock.now() - startedAt, world);
}

async function makeReport(
  ledger: Ledger,
  copies: readonly ContentCopy[],
  durationMs: number,
  world: World,
): Promise<Report> {
  const requests = world.requests();
  const advised = await advisedFaults(ledger.entries, world);
  const outcomes = (await Promise.all(copies.map((copy) => copy.outcomes()))).flat();
  const count = (how: string) => outcomes.filter(({ outcome }) => outcome === how).length;
  const uploaded = outcomes.filter(({ outcome }) => outcome === 'uploaded');
  const { stopped } = ledger;
  const error = stopped ?? firstFault(ledger.entries);
  return {
    schemaVersion: 1,
    outcome: overall(ledger.entries, stopped),
    images: ledger.entries.map((entry) => imageReport(entry, advised)),
    ...(error === undefined ? {} : { error: reported(advised.get(error) ?? (await world.advised(error))) }),
    blobs: { mounted: count('mounted'), uploaded: uploaded.length, existing: count('existing') },
    bytesUploaded: uploaded.reduce((sum, { blob }) => sum + blob.size, 0),
    requests,
    durationMs,
  };
}

export function reported(fault: Fault): ReportedFault {
  return { code: fault.code, message: fault.message, ...(fault.hint === undefined ? {} : { hint: fault.hint }) };
}

/** A run that failed has the first of its faults as its own. */
function firstFault(entries: readonly Entry[]): Fault | undefined {
  return entries.find(({ fault }) => fault !== undefined)?.fault;
}

function overall(entries: readonly Entry[], stopped: Fault | undefined): Report['outcome'] {
  if (stopped !== undefined || entries.some(({ outcome, fault }) => fault !== undefined || outcome === 'withheld'))
    return 'failed';
  if (entries.some(({ outcome }) => outcome === 'planned')) return 'planned';
  return entries.some(({ outcome }) => outcome === 'promoted') ? 'promoted' : 'unchanged';
}

/** One advice a fault, however many destinations share it; the way back comes last, so that nothing else is left out for it. */
async function advisedFaults(entries: readonly Entry[], world: World): Promise<ReadonlyMap<Fault, Fault>> {
  const faults = new Map(entries.flatMap(({ fault, toPutBack }) => (fault === undefined ? [] : [[fault, toPutBack]])));
  return new Map(
    await Promise.all(
      Array.from(
        faults,
        async ([fault, toPutBack]): Promise<[Fault, Fault]> => [
          fault,
          withWayBack(await world.advised(fault), toPutBack),
        ],
      ),
    ),
  );
}

function imageReport(
  { source, destination, digest, previousDigest, attached, outcome, verified, fault }: Entry,
  advised: ReadonlyMap<Fault, Fault>,
): ImageReport {
  return {
    source,
    destination: destination.toString(),
    digest: digest ?? null,
    ...(previousDigest === undefined ? {} : { previousDigest }),
    ...(attached.length === 0 ? {} : { attached }),
    outcome,
    verified,
    ...(fault === undefined ? {} : { error: reported(advised.get(fault) ?? fault) }),
  };
}
