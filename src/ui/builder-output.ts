import type { ImageReport, Report } from '../promotion/report.ts';
import { jsonLine } from './json.ts';

/** Bytes. Cloud Build keeps the first 50 KB of a step's output, and cuts what is longer anywhere. */
const longest = 40_000;
const mostWarnings = 10;

const order: Readonly<Record<ImageReport['outcome'], number>> = {
  failed: 0,
  withheld: 1,
  promoted: 2,
  planned: 3,
  unchanged: 4,
};

/**
 * The report for `$BUILDER_OUTPUT/output`: the JSON report on one line, cut to 40 KB. What is cut lists failures first and
 * gives the number of images left out as `omitted`.
 */
export function builderOutput(report: Report): string {
  const whole = jsonLine(report);
  return Buffer.byteLength(whole) <= longest ? whole : cut(report);
}

function cut(report: Report): string {
  const images = report.images.toSorted((a, b) => rankOf(a) - rankOf(b));
  const frame = {
    ...report,
    images: [],
    omitted: report.images.length,
    ...(report.warnings === undefined ? {} : { warnings: report.warnings.slice(0, mostWarnings) }),
  };
  const count = countThatFits(images, longest - Buffer.byteLength(jsonLine(frame)));
  return jsonLine({ ...frame, images: images.slice(0, count), omitted: images.length - count });
}

/** What was put and not proved is promoted, and has an error all the same. */
function rankOf({ outcome, error }: ImageReport): number {
  return error === undefined ? order[outcome] : order.failed;
}

/** @param room bytes */
function countThatFits(images: readonly ImageReport[], room: number): number {
  let used = 0;
  for (const [index, image] of images.entries()) {
    used += Buffer.byteLength(jsonLine(image)) + ','.length;
    if (used > room) return index;
  }
  return images.length;
}
