import type { ImageReport } from '../promotion/report.ts';

/** So that what is left out of a long list is what went well. */
export function failuresFirst(images: readonly ImageReport[]): readonly ImageReport[] {
  return [...images.filter(({ error }) => error !== undefined), ...images.filter(({ error }) => error === undefined)];
}
