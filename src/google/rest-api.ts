import * as v from 'valibot';
import { apiHost } from './api-host.ts';

/** so many entries of a list on each page: the most that the API gives */
export const pageSize = 1000;

/** A resource's name, of which the last part is kept, decoded. */
export const resourceId = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const name = dataset.value;
    try {
      return decodeURIComponent(name.slice(name.lastIndexOf('/') + 1));
    } catch {
      addIssue({ message: 'is not percent-encoded' });
      return NEVER;
    }
  }),
);

/** @param resource its name, and the query behind it */
export function apiUrl(resource: string): URL {
  return new URL(`https://${apiHost}/v1/${resource}`);
}

/** @param project that the call is counted against; undefined: the API's own rule */
export function quotaHeader(project: string | undefined): Readonly<Record<string, string>> {
  return project === undefined ? {} : { 'x-goog-user-project': project };
}
