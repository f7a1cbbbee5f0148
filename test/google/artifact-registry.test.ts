import { expect, it } from 'vitest';
import { ArtifactRegistry } from '../../src/google/artifact-registry.ts';
import { sending } from '../fake/sending.ts';

const place = { project: 'p', location: 'us', repository: 'r', image: 'api' };

function answering(body: string): ArtifactRegistry {
  const transport = sending(async ({ url }) => ({ status: 200, headers: {}, body: Buffer.from(body), url }));
  return new ArtifactRegistry(transport, async () => undefined);
}

it.each([
  ['a name that is not percent-encoded', '{"packages":[{"name":"projects/p/packages/%zz"}]}'],
  ['no JSON', '<html>'],
  ['another document', '{"packages":"api"}'],
])('an answer with %s is as good as none', async (_what, body) => {
  expect(await answering(body).images(place)).toMatchObject({ kind: 'unknown' });
});

it('names are told by their last part, decoded', async () => {
  const api = answering('{"packages":[{"name":"projects/p/locations/us/repositories/r/packages/team%2Fapi"}]}');
  expect(await api.images(place)).toEqual({ kind: 'found', value: ['team/api'] });
});
