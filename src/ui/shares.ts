import type { Report } from '../promotion/report.ts';
import { bytesText, counted, durationText } from './quantities.ts';
import type { Share } from './tally.ts';

/** How blobs came to be there: `3 there, 4 mounted, 5 sent (1.5 MiB)` */
export function sharesText({ existing, mounted, uploaded, bytes }: Share): string {
  return `${existing} there, ${mounted} mounted, ${uploaded} sent (${bytesText(bytes)})`;
}

/** What a run took: `3 there, 4 mounted, 5 sent (1.5 MiB); 41 requests in 4.1 s` */
export function workText(report: Report): string {
  return `${sharesText({ ...report.blobs, bytes: report.bytesUploaded })}; ${effortText(report)}`;
}

/** `41 requests in 4.1 s` */
export function effortText({ requests, durationMs }: Pick<Report, 'requests' | 'durationMs'>): string {
  return `${counted(requests, 'request')} in ${durationText(durationMs)}`;
}
