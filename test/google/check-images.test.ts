import { expect, it } from 'vitest';
import { immutabilityFinding } from '../../src/google/check-images.ts';

const place = { project: 'p', location: 'us', repository: 'apps', image: 'api' };

it.each([
  ['where all is known', true, 'ok', 'is on; no tag that is there would move'],
  ['where some tag could not be read', false, 'unknown', 'is on; whether a tag that is there would move is not known'],
])('of immutable tags it says only what is known: %s', (_what, areAllKnown, status, detail) => {
  expect(immutabilityFinding(place, true, [], areAllKnown)).toMatchObject({ status, detail });
});
