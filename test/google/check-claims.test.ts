import { expect, it } from 'vitest';
import { claimFindings } from '../../src/google/check-claims.ts';
import type { ReadImage } from '../../src/google/check-tags.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';

const live = 'us-central1-docker.pkg.dev/prod/apps/api:v1';
const sameElsewhere = 'docker.us-central1.rep.pkg.dev/prod/apps/api:v1';

function image(source: string, content: string | undefined, ...destinations: string[]): ReadImage {
  return {
    source: parseReference(source),
    standing:
      content === undefined ? { kind: 'absent' } : { kind: 'found', digest: digestOf(Buffer.from(content), 'sha256') },
    destinations: destinations.map((name) => ({
      reference: parseReference(name),
      standing: { kind: 'absent' },
      action: 'create',
    })),
  };
}

it.each([
  ['by one name', live],
  ['by two hosts of its repository', sameElsewhere],
])('a destination that two digests are to go to, %s, is found', (_how, other) => {
  const images = [image('a.example/x:v1', 'one', live), image('a.example/y:v1', 'two', other)];
  expect(claimFindings(images)).toMatchObject([
    {
      subject: live,
      status: 'missing',
      code: 'TAG_CLAIMED_TWICE',
      detail: 'is to be both a.example/x:v1 and a.example/y:v1',
    },
  ]);
});

it('one digest twice, another tag, and what cannot be read claim nothing', () => {
  const images = [
    image('a.example/x:v1', 'one', live),
    image('a.example/x:same', 'one', sameElsewhere),
    image('a.example/y:v1', 'two', `${live}-other`),
    image('a.example/z:v1', undefined, live),
  ];
  expect(claimFindings(images)).toEqual([]);
});
