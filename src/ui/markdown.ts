import type { Digest } from '../oci/digest.ts';
import type { Comparison } from '../promotion/compare.ts';
import type { PlanDocument } from '../promotion/plan-document.ts';
import type { Report, ReportedFault } from '../promotion/report.ts';
import { printable } from '../text.ts';
import { failuresFirst, faultOfRun } from './failures.ts';
import { overwritable } from './plan.ts';
import { bytesText, counted } from './quantities.ts';
import { proof } from './report.ts';
import { verdictOf } from './results.ts';
import { workText } from './shares.ts';

/** Code hosts cut a comment at 64 KB. */
const mostRows = 100;
const longestCell = 400;

/** The report as a table for a pull request or release notes, failures first. */
export function reportMarkdown(report: Report): string {
  const rows = failuresFirst(report.images).map(({ outcome, source, destination, digest, error }) => [
    outcome,
    code(source),
    code(destination),
    error === undefined ? code(digest ?? 'unknown') : faultCode(error),
  ]);
  const fault = faultOfRun(report);
  const effort = report.outcome === 'planned' ? [] : [`blobs: ${workText(report)}`];
  return paragraphs([
    ...table(['outcome', 'source', 'destination', 'digest'], rows),
    ...(fault === undefined ? [] : [faultCode(fault)]),
    `**${proof(report)}**`,
    ...effort,
  ]);
}

/**
 * A plan as a table that a reviewer reads.
 * @param digest of the plan's file
 */
export function planMarkdown({ images, totals }: PlanDocument, digest: Digest): string {
  const rows = images.flatMap(({ source, destinations, attached }) =>
    destinations.flatMap(({ reference, current, action }) => [
      [action, code(source), code(reference), current === null ? '' : code(current)],
      ...overwritable(attached, reference).map((tag) => ['move or leave', '', code(tag.name), code(tag.current)]),
    ]),
  );
  const sums = `${counted(totals.images, 'image')}, ${counted(totals.blobs, 'blob')}, ${bytesText(totals.bytesToUpload)} to send`;
  return paragraphs([...table(['action', 'source', 'destination', 'stands at'], rows), sums, `plan ${code(digest)}`]);
}

/** What was compared, and how many things are not the same. */
export function verifyMarkdown(results: readonly Comparison[]): string {
  const rows = results.map((result) => [
    verdictOf(result),
    code(result.source),
    code(result.destination),
    result.same ? '' : `${result.missing.length} missing, ${result.different.length} different`,
  ]);
  return paragraphs(table(['result', 'source', 'destination', 'differences'], rows));
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const shown = rows.slice(0, mostRows).map(line);
  const rest = rows.length - shown.length;
  const lines = [line(heads), line(heads.map(() => '---')), ...shown].join('\n');
  return rest === 0 ? [lines] : [lines, `and ${rest} more`];
}

/** As code nothing in it links, names a person or is markup; a bar would end its cell. */
function code(text: string): string {
  return `\`${printable(text, longestCell).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function faultCode({ code: name, message }: ReportedFault): string {
  return code(`${name}: ${message}`);
}

function paragraphs(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
