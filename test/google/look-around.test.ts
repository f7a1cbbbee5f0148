import { expect, it } from 'vitest';
import { ArtifactRegistry } from '../../src/google/artifact-registry.ts';
import { LookAround } from '../../src/google/look-around.ts';
import { sending } from '../fake/sending.ts';

const place = { project: 'p', location: 'us', repository: 'apps', image: 'api' };

/** A look around in a repository that lists those images. */
function among(names: readonly string[]): LookAround {
  const packages = names.map((name) => ({ name: `projects/p/locations/us/repositories/apps/packages/${name}` }));
  const body = Buffer.from(JSON.stringify({ packages }));
  const transport = sending(async ({ url }) => ({ url, status: 200, headers: {}, body }));
  const api = new ArtifactRegistry(transport, async () => undefined);
  return new LookAround(api, 5000);
}

it.each([
  ['the image where it is listed', ['web', 'api'], 'there'],
  ['the nearest names where it is not', ['web', 'apis'], ['apis']],
  ['nothing where the list may go on', Array.from({ length: 1000 }, (_, index) => `other-${index}`), undefined],
])('knows %s', async (_what, names, found) => {
  expect(await among(names).image(place)).toEqual(found);
});
