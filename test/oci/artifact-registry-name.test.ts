import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  artifactRegistryPlace,
  artifactRegistryReference,
  identityOf,
  isGoogleRegistryHost,
} from '../../src/oci/artifact-registry-name.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { caught } from './caught.ts';

describe('artifactRegistryPlace', () => {
  it.each([
    ['us-central1-docker.pkg.dev/p/r/app:v1', 'p', 'us-central1', 'r', 'app'],
    ['us-docker.pkg.dev/p/r/team/app', 'p', 'us', 'r', 'team/app'],
    ['us-docker.pkg.dev/p/r', 'p', 'us', 'r', ''],
    ['docker.europe-west1.rep.pkg.dev/p/r/app', 'p', 'europe-west1', 'r', 'app'],
    ['us-docker.pkg.dev/domain.com:project/r/app', 'domain.com:project', 'us', 'r', 'app'],
    ['us-docker.pkg.dev/domain.com/project/r/app', 'domain.com:project', 'us', 'r', 'app'],
    ['gcr.io/p/app', 'p', 'us', 'gcr.io', 'app'],
    ['gcr.io/p', 'p', 'us', 'gcr.io', ''],
    ['us.gcr.io/p/app', 'p', 'us', 'us.gcr.io', 'app'],
    ['eu.gcr.io/p/a/b', 'p', 'europe', 'eu.gcr.io', 'a/b'],
    ['asia.gcr.io/p/app', 'p', 'asia', 'asia.gcr.io', 'app'],
    ['gcr.io/domain.com/project/app', 'domain.com:project', 'us', 'gcr.io', 'app'],
    ['us-docker.pkg.dev/p/gcr.io/app', 'p', 'us', 'gcr.io', 'app'],
  ])('%s', (text, project, location, repository, image) => {
    expect(artifactRegistryPlace(parseReference(text))).toEqual({ project, location, repository, image });
  });

  it.each([
    'docker.io/library/nginx',
    '127.0.0.1:5000/p/r/app',
    'us-docker.pkg.dev:8443/p/r/app',
    'us-npm.pkg.dev/p/r/app',
    'a.us-docker.pkg.dev/p/r/app',
    'us-docker.pkg.dev.evil.com/p/r/app',
    'mirror.gcr.io/library/node',
    'us-docker.pkg.dev/p',
    'us-docker.pkg.dev/domain.com/project',
  ])('%s has none', (text) => {
    expect(artifactRegistryPlace(parseReference(text))).toBeUndefined();
  });
});

describe('artifactRegistryReference', () => {
  it.each([
    ['p', 'us-central1', 'r', 'app', 'us-central1-docker.pkg.dev/p/r/app'],
    ['p', 'us', 'r', 'team/app', 'us-docker.pkg.dev/p/r/team/app'],
    ['p', 'us', 'r', '', 'us-docker.pkg.dev/p/r'],
    ['domain.com:project', 'us', 'r', 'app', 'us-docker.pkg.dev/domain.com/project/r/app'],
    ['p', 'us', 'gcr.io', 'app', 'gcr.io/p/app'],
    ['p', 'europe', 'eu.gcr.io', 'app', 'eu.gcr.io/p/app'],
    ['domain.com:project', 'asia', 'asia.gcr.io', 'app', 'asia.gcr.io/domain.com/project/app'],
    ['p', 'europe', 'gcr.io', 'app', 'europe-docker.pkg.dev/p/gcr.io/app'],
  ])('%s, %s, %s, %s', (project, location, repository, image, expected) => {
    expect(artifactRegistryReference({ project, location, repository, image }).toString()).toBe(expected);
  });

  it.each([
    ['a/b', 'us', 'r', 'app', 'project'],
    ['', 'us', 'r', 'app', 'project'],
    ['p', 'us/x', 'r', 'app', 'location'],
    ['p', 'evil.com/us', 'r', 'app', 'location'],
    ['p', '', 'r', 'app', 'location'],
    ['p', 'us', 'r/s', 'app', 'repository'],
    ['p', 'us', '..', 'app', 'repository'],
    ['p', 'us', '', 'app', 'repository'],
    ['p', 'us', 'r', 'App', '"App" in the path'],
    ['p', 'us', 'r', 'app:v1', '"app:v1" in the path'],
  ])('S32 %j, %j, %j, %j: names the part', (project, location, repository, image, part) => {
    const fault = caught(() => artifactRegistryReference({ project, location, repository, image }));
    expect(fault.code).toBe('USAGE');
    expect(fault.message).toContain(part);
  });

  it('goes there and back', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const place = fc.record({
      project: fc.oneof(
        word,
        fc.tuple(word, word).map(([domain, id]) => `${domain}.com:${id}`),
      ),
      location: fc.oneof(
        fc.constantFrom('us', 'europe', 'asia'),
        fc.tuple(word, word).map((pair) => pair.join('-')),
      ),
      repository: fc.oneof(word, fc.constantFrom('gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io')),
      image: fc.array(word, { maxLength: 3 }).map((parts) => parts.join('/')),
    });
    fc.assert(
      fc.property(place, (given) => {
        expect(artifactRegistryPlace(artifactRegistryReference(given))).toEqual(given);
      }),
    );
  });
});

describe('identityOf', () => {
  it.each([
    ['127.0.0.1:5000/p/api:v1', 'localhost:5000/p/api:v1', true],
    ['127.0.0.1:5000/p/api:v1', '[::1]:5000/p/api:v1', true],
    ['127.0.0.1/p/api:v1', 'localhost/p/api:v1', true],
    ['127.0.0.1:5000/p/api:v1', 'localhost:5001/p/api:v1', false],
    ['127.0.0.1:5000/p/api:v1', '127.0.0.2:5000/p/api:v1', false],
    ['localhost:5000/p/api:v1', 'localhost.example:5000/p/api:v1', false],
    ['gcr.io/p/api:v1', 'us-docker.pkg.dev/p/gcr.io/api:v1', true],
  ])('of %s and of %s is one: %s', (one, other, expected) => {
    expect(identityOf(parseReference(one)) === identityOf(parseReference(other))).toBe(expected);
  });
});

describe('isGoogleRegistryHost', () => {
  it.each([
    'us-docker.pkg.dev',
    'us-central1-docker.pkg.dev',
    'docker.us-central1.rep.pkg.dev',
    'gcr.io',
    'eu.gcr.io',
    'mirror.gcr.io',
  ])('%s is one', (host) => expect(isGoogleRegistryHost(host)).toBe(true));

  it.each([
    'pkg.dev',
    'evil-pkg.dev',
    'evilpkg.dev',
    'us-docker.pkg.dev.evil.com',
    'x.gcr.io.evil.com',
    'evil-gcr.io',
    'evilgcr.io',
    'pkg.dev.',
    'us-docker.pkg.dev.',
    'gcr.io.',
    'gcr.io:443',
    'us-docker.pkg.dev:443',
    'us-docker.pkg.dev:8080',
    '.pkg.dev',
    '.gcr.io',
    'a@gcr.io',
    'evil.com/x.gcr.io',
    'evil.com#.gcr.io',
    'us-docker.pkg.dev\n',
    'us-docker-pkg-dev',
    'us-dockerxpkg.dev',
    'gcrxio',
    '',
  ])('S7 %j is none', (host) => expect(isGoogleRegistryHost(host)).toBe(false));
});
