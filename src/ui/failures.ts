import type { ImageReport, Report, ReportedFault } from '../promotion/report.ts';

/** So that what is left out of a long list is what went well. */
export function failuresFirst(images: readonly ImageReport[]): readonly ImageReport[] {
  return [...images.filter(({ error }) => error !== undefined), ...images.filter(({ error }) => error === undefined)];
}

/** What ended the run as a whole; undefined where an image tells it already. */
export function faultOfRun({ error, images }: Report): ReportedFault | undefined {
  return images.some((image) => image.error?.message === error?.message) ? undefined : error;
}
