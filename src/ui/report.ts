import { printable } from '../oci/text.ts';
import type { ImageReport, Report } from '../promotion/report.ts';
import { counted } from './quantities.ts';

const outcomeWidth = 9;

/** The report for people, on standard output: what became of each destination, and what was proved. */
export function reportText(report: Report): string {
  const lines = [...report.images.flatMap(imageLines), ...(report.images.length === 0 ? [] : ['']), proof(report)];
  return `\n${lines.map((line) => printable(line, 2000)).join('\n')}\n\n`;
}

function imageLines(image: ImageReport): string[] {
  const indent = ' '.repeat(outcomeWidth + 2);
  const previous = image.previousDigest === undefined ? [] : [`${indent}was ${image.previousDigest}`];
  const attached = image.attached?.length ?? 0;
  return [
    `${image.outcome.padEnd(outcomeWidth)}  ${image.destination}`,
    `${indent}from ${image.source}`,
    ...previous,
    ...(attached === 0 ? [] : [`${indent}with ${counted(attached, 'attached artifact')}`]),
    ...(image.error === undefined ? [] : [`${indent}${image.error.code}: ${image.error.message}`]),
  ];
}

function proof(report: Report): string {
  const verified = report.images.filter((image) => image.verified).length;
  const readBack = `${counted(verified, 'destination tag')} read back and hashed`;
  switch (report.outcome) {
    case 'promoted':
      return `Proved: ${readBack}; each has its source's digest.`;
    case 'unchanged':
      return `Proved: ${readBack}; each had its source's digest already, and nothing was written.`;
    case 'planned':
      return 'A dry run: nothing was written, and nothing is proved.';
    case 'failed':
      return verified === 0 ? 'Failed: nothing was proved.' : `Failed; proved before that: ${readBack}.`;
  }
}
