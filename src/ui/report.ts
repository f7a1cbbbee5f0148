import picocolors from 'picocolors';
import type { ImageOutcome, ImageReport, Report, ReportedFault } from '../promotion/report.ts';
import { printable } from '../text.ts';
import { failuresFirst } from './failures.ts';
import { counted } from './quantities.ts';
import { workText } from './shares.ts';

/** What a text for people is written on. */
export interface Paper {
  readonly colour: boolean;
  /** characters a line */
  readonly columns: number;
}

const outcomeWidth = 9;
const widestRule = 100;
/** Whoever wants all of a large batch reads the JSON report. */
const mostListed = 20;

type Colours = ReturnType<typeof picocolors.createColors>;

/** The report for people, on standard output: what became of each destination, and what was proved. */
export function reportText(report: Report, paper: Paper): string {
  const colours = picocolors.createColors(paper.colour);
  const tint = tintOf(report.outcome, colours);
  const width = Math.max(20, Math.min(paper.columns, widestRule));
  const title = `── ${report.outcome} `;
  const lines = [
    tint(title + '─'.repeat(width - title.length)),
    ...imagesLines(report, colours),
    ...(report.outcome === 'planned' && !broughtContent(report)
      ? []
      : [`${'blobs'.padEnd(outcomeWidth)}  ${workText(report)}`]),
    colours.bold(proof(report)),
    tint('─'.repeat(width)),
  ];
  return `\n${lines.join('\n')}\n\n`;
}

function imagesLines(report: Report, colours: Colours): string[] {
  const { images } = report;
  const listed = failuresFirst(images).slice(0, mostListed);
  const rest = images.length - listed.length;
  return [
    ...listed.flatMap((image) => imageLines(image, report.error, colours)),
    ...(rest === 0
      ? []
      : [`${' '.repeat(outcomeWidth + 2)}and ${rest} more (--format json or --output FILE has them all)`]),
  ];
}

/** @param last the fault that is shown after the report, hint and all */
function imageLines(image: ImageReport, last: ReportedFault | undefined, colours: Colours): string[] {
  const indent = ' '.repeat(outcomeWidth + 2);
  const attached = image.attached?.length ?? 0;
  const lines = [
    `from ${image.source}`,
    ...(image.previousDigest === undefined
      ? []
      : [`${image.outcome === 'promoted' ? 'was' : 'stands at'} ${image.previousDigest}`]),
    ...(attached === 0 ? [] : [`with ${counted(attached, 'attached artifact')}`]),
    ...(image.error === undefined ? [] : errorLines(image.error, last)),
  ];
  const tint = tintOf(image.error === undefined ? image.outcome : 'failed', colours);
  const outcome = tint(image.outcome.padEnd(outcomeWidth));
  return [`${outcome}  ${printable(image.destination, 2000)}`, ...lines.map((line) => indent + printable(line, 2000))];
}

function errorLines(error: ReportedFault, last: ReportedFault | undefined): string[] {
  if (error.code === last?.code && error.message === last.message) return [error.code];
  const hint = error.hint === last?.hint ? [] : (error.hint ?? '').split('\n').filter((line) => line !== '');
  return [`${error.code}: ${error.message}`, ...hint.map((line) => `hint: ${line}`)];
}

function tintOf(outcome: ImageOutcome, colours: Colours): (text: string) => string {
  switch (outcome) {
    case 'promoted':
    case 'unchanged':
      return colours.green;
    case 'planned':
      return colours.cyan;
    case 'withheld':
      return colours.yellow;
    case 'failed':
      return colours.red;
  }
}

/** A plan's content phase leaves its tags planned; so does a dry run, which brings nothing. */
function broughtContent({ blobs }: Report): boolean {
  return blobs.existing + blobs.mounted + blobs.uploaded > 0;
}

/** What a report shows to be proved, in a sentence. */
export function proof(report: Report): string {
  const verified = report.images.filter((image) => image.verified).length;
  const readBack = `${counted(verified, 'destination tag')} read back and hashed`;
  switch (report.outcome) {
    case 'promoted':
      return `Proved: ${readBack}; each has its source's digest.`;
    case 'unchanged':
      return `Proved: ${readBack}; each had its source's digest already, and nothing was written.`;
    case 'planned':
      return broughtContent(report)
        ? 'The content is there, every manifest read back and hashed; no tag was put yet.'
        : 'Nothing was written, and nothing is proved.';
    case 'failed':
      return verified === 0 ? 'Failed: nothing was proved.' : `Failed; proved before that: ${readBack}.`;
  }
}
