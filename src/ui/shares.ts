import type { Report } from '../promotion/report.ts';
import { bytesText, counted, durationText } from './quantities.ts';

/** How the blobs of a run came to be there: `blobs: 3 there, 4 mounted, 5 sent (1.5 MiB)` */
export function sharesText({ blobs, bytesUploaded }: Pick<Report, 'blobs' | 'bytesUploaded'>): string {
  return `blobs: ${blobs.existing} there, ${blobs.mounted} mounted, ${blobs.uploaded} sent (${bytesText(bytesUploaded)})`;
}

/** `41 requests in 4.1 s` */
export function effortText({ requests, durationMs }: Pick<Report, 'requests' | 'durationMs'>): string {
  return `${counted(requests, 'request')} in ${durationText(durationMs)}`;
}
