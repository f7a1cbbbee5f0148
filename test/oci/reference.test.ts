import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference, parseRepository, parseTag, Reference } from '../../src/oci/reference.ts';
import { caught } from './caught.ts';

const sha256 = digestOf(new Uint8Array(), 'sha256');
const sha512 = digestOf(new Uint8Array(), 'sha512');

describe('parseReference', () => {
  it.each([
    ['us-central1-docker.pkg.dev/p/r/app:v1', 'us-central1-docker.pkg.dev', 'p/r/app', 'v1', undefined],
    ['docker.us-central1.rep.pkg.dev/p/r/app:v1', 'docker.us-central1.rep.pkg.dev', 'p/r/app', 'v1', undefined],
    ['us-docker.pkg.dev/p/r/team/deep/app', 'us-docker.pkg.dev', 'p/r/team/deep/app', undefined, undefined],
    ['gcr.io/p/app:1.2.3', 'gcr.io', 'p/app', '1.2.3', undefined],
    ['eu.gcr.io/p/app', 'eu.gcr.io', 'p/app', undefined, undefined],
    [`gcr.io/p/app@${sha256}`, 'gcr.io', 'p/app', undefined, sha256],
    [`gcr.io/p/app@${sha512}`, 'gcr.io', 'p/app', undefined, sha512],
    [`gcr.io/p/app:v1@${sha256}`, 'gcr.io', 'p/app', 'v1', sha256],
    ['127.0.0.1:5000/a/repo/app:v1', '127.0.0.1:5000', 'a/repo/app', 'v1', undefined],
    ['[::1]:5000/app:v1', '[::1]:5000', 'app', 'v1', undefined],
    ['[2001:db8::7]/app', '[2001:db8::7]', 'app', undefined, undefined],
    ['localhost/app', 'localhost', 'app', undefined, undefined],
    ['localhost:5000/app:5000', 'localhost:5000', 'app', '5000', undefined],
    ['registry:5000/app', 'registry:5000', 'app', undefined, undefined],
    ['docker.io/library/nginx:1', 'docker.io', 'library/nginx', '1', undefined],
    ['GHCR.io/a/b', 'ghcr.io', 'a/b', undefined, undefined],
    [
      'us-docker.pkg.dev/domain.com:project/repo/image:tag',
      'us-docker.pkg.dev',
      'domain.com/project/repo/image',
      'tag',
      undefined,
    ],
    [
      'us-docker.pkg.dev/domain.com/project/repo/image',
      'us-docker.pkg.dev',
      'domain.com/project/repo/image',
      undefined,
      undefined,
    ],
    ['gcr.io/domain.com:project/image', 'gcr.io', 'domain.com/project/image', undefined, undefined],
    [`gcr.io/a.b.co:p-1/image:x@${sha256}`, 'gcr.io', 'a.b.co/p-1/image', 'x', sha256],
    ['gcr.io/a_b/c__d/e.f/g--h', 'gcr.io', 'a_b/c__d/e.f/g--h', undefined, undefined],
    ['gcr.io/p/app:_A.b-C', 'gcr.io', 'p/app', '_A.b-C', undefined],
    [`gcr.io/p/app:${'t'.repeat(128)}`, 'gcr.io', 'p/app', 't'.repeat(128), undefined],
    [`gcr.io/${'a'.repeat(248)}`, 'gcr.io', 'a'.repeat(248), undefined, undefined],
  ])('%s', (text, host, path, tag, digest) => {
    const { host: h, path: p, tag: t, digest: d } = parseReference(text);
    expect({ h, p, t, d }).toEqual({ h: host, p: path, t: tag, d: digest });
  });

  it.each([
    ['', 'no registry host'],
    ['nginx', 'no registry host'],
    ['nginx:1', 'no registry host'],
    ['nginx:1.27', 'no registry host'],
    ['library/nginx:1', 'no registry host'],
    ['project/repo/image', 'no registry host'],
    [`app@${sha256}`, 'no registry host'],
    ['gcr.io', 'path after the host is missing'],
    ['gcr.io/', 'path after the host is missing'],
    ['gcr.io/:v1', 'path after the host is missing'],
    ['localhost:5000', 'path after the host is missing'],
    ['[::1]:5000', 'path after the host is missing'],
    ['/p/app', 'host is missing'],
    ['gcr.io//app', 'empty part'],
    ['gcr.io/p//app', 'empty part'],
    ['gcr.io/p/app/', 'empty part'],
    ['gcr.io/p/App', '"App" in the path'],
    ['gcr.io/P/app', '"P" in the path'],
    ['gcr.io/p/a b', '"a b" in the path'],
    ['gcr.io/p/app ', '"app " in the path'],
    ['gcr.io/p/../app', '".." in the path'],
    ['gcr.io/p/.app', '".app" in the path'],
    ['gcr.io/p/a___b', '"a___b" in the path'],
    ['gcr.io/p/a..b', '"a..b" in the path'],
    ['gcr.io/p/app-', '"app-" in the path'],
    ['gcr.io/p:x/app', '"p:x" in the path'],
    ['gcr.io/p/a%2fb', '"a%2fb" in the path'],
    ['gcr.io/p/app?x=1', '"app?x=1" in the path'],
    ['gcr.io/p/appé', '"appé" in the path'],
    ['gcr.io/p/app:', '"" is not a tag'],
    ['gcr.io/p/app:-v1', '"-v1" is not a tag'],
    ['gcr.io/p/app:.v1', '".v1" is not a tag'],
    ['gcr.io/p/app:v 1', '"v 1" is not a tag'],
    ['gcr.io/p/app:v1\n', String.raw`"v1\u{a}" is not a tag`],
    [`gcr.io/p/app:${'t'.repeat(129)}`, 'is not a tag'],
    ['gcr.io/p/app@', '"" is not a digest'],
    ['gcr.io/p/app@v1', '"v1" is not a digest'],
    [`gcr.io/p/app@${sha256}@${sha256}`, 'is not a digest'],
    [`gcr.io/p/app@${sha256}:v1`, 'is not a digest'],
    [`gcr.io/p/app@sha384:${'a'.repeat(96)}`, 'is not a digest'],
    [' gcr.io/p/app', '" gcr.io" is not a host'],
    ['user@gcr.io/p/app', '"user@gcr.io" is not a host'],
    ['gcr.io./p/app', '"gcr.io." is not a host'],
    ['-gcr.io/p/app', '"-gcr.io" is not a host'],
    ['gcr..io/p/app', '"gcr..io" is not a host'],
    ['domain.com:project/repo/image', '"domain.com:project" is not a host'],
    ['g\u0001cr.io/p/app', 'is not a host'],
    [`${'a'.repeat(64)}.io/p/app`, 'is not a host'],
    ['pkg.dev\u212a/p/app', 'is not a host'],
    ['127.1:5000/app', '"127.1:5000" is not a host'],
    ['0x7f.0.0.1/app', '"0x7f.0.0.1" is not a host'],
    ['0177.0.0.1/app', '"0177.0.0.1" is not a host'],
    ['1.2.3.4.5/app', '"1.2.3.4.5" is not a host'],
    ['2130706433:80/app', '"2130706433:80" is not a host'],
    ['[::1/app', 'is not a host'],
    ['[::g]/app', 'is not a host'],
    ['[fe80::1%eth0]/app', 'is not a host'],
    ['::1:5000/app', 'is not a host'],
    ['localhost:/app', 'is not a host'],
    ['localhost:0/app', 'port'],
    ['localhost:65536/app', 'port'],
    [`gcr.io/${'a'.repeat(249)}`, '256 characters'],
    [`gcr.io/${'a/'.repeat(100_000)}a`, 'characters'],
  ])('S32 %j is refused: %s', (text, part) => {
    const fault = caught(() => parseReference(text));
    expect(fault.code).toBe('USAGE');
    expect(fault.message).toContain(part);
    expect(fault.message.length).toBeLessThan(500);
  });

  it.each(['https://gcr.io/p/app', 'HTTP://gcr.io/p/app', 'docker://gcr.io/p/app', 'oci+x://a/b'])(
    'S32 %s: a scheme',
    (text) => {
      const fault = caught(() => parseReference(text));
      expect(fault.code).toBe('USAGE');
      expect(fault.hint).toContain('leave the scheme out');
    },
  );

  it('says how to write the host out', () => {
    expect(caught(() => parseReference('nginx:1')).hint).toContain('docker.io/library/nginx:1');
  });

  it('S38 quotes what was given escaped and cut', () => {
    const { message } = caught(() =>
      parseReference(`gcr.io/p/\u001b[31m\u202eapp\n::error::${'x'.repeat(150)}${'y'.repeat(5000)}`),
    );
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]|(?<![\w[])::|yy/u);
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const part = fc.tuple(word, fc.constantFrom('', '.', '_', '__', '-', '---'), word).map((pieces) => pieces.join(''));
  const host = fc.oneof(
    fc
      .tuple(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), fc.constantFrom('.io', '.pkg.dev', ':5000', '.gcr.io:443'))
      .map((pieces) => pieces.join('')),
    fc.ipV4(),
    fc
      .ipV6()
      .filter((address) => !address.includes('.'))
      .map((address) => `[${address}]:5000`),
    fc.constant('localhost'),
  );
  const reference = fc
    .record({
      host,
      path: fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,30}$/), { nil: undefined }),
      digest: fc.constantFrom(undefined, sha256, sha512),
    })
    .map(({ host, path, tag, digest }) => new Reference(host, path, tag, digest));

  it('reads what toString writes', () => {
    fc.assert(
      fc.property(reference, (given) => {
        expect(parseReference(given.toString())).toEqual(given);
      }),
    );
  });

  it('throws nothing but a USAGE fault, whatever it is given', () => {
    const pieces = fc.array(fc.constantFrom('gcr.io', 'a', ':', '@', '/', '.', '[', ']', 'A', sha256, '\0', '-', ' '));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          pieces.map((p) => p.join('')),
        ),
        (text) => {
          try {
            parseReference(text);
          } catch (error) {
            expect(error).toMatchObject({ name: 'Fault', code: 'USAGE' });
          }
        },
      ),
    );
  });
});

describe('Reference', () => {
  const both = parseReference(`gcr.io/p/app:v1@${sha256}`);

  it('is a name with a tag and a digest', () => {
    expect(both.name).toBe('gcr.io/p/app');
    expect(both.toString()).toBe(`gcr.io/p/app:v1@${sha256}`);
  });

  it('changes what it points at', () => {
    expect(both.withTag('v2').toString()).toBe('gcr.io/p/app:v2');
    expect(both.withDigest(sha512).toString()).toBe(`gcr.io/p/app@${sha512}`);
    expect(both.withoutTag().toString()).toBe(`gcr.io/p/app@${sha256}`);
  });

  it('S32 cannot be made malformed', () => {
    expect(caught(() => both.withTag('a b')).code).toBe('USAGE');
    expect(caught(() => new Reference('gcr.io', '../x', undefined, undefined)).code).toBe('USAGE');
    expect(caught(() => new Reference('evil.com/gcr.io', 'x', undefined, undefined)).code).toBe('USAGE');
    expect(caught(() => new Reference('gcr.io', 'x', undefined, 'sha256:short')).code).toBe('USAGE');
  });

  it.each(['localhost', 'localhost:5000', 'LOCALHOST:1', '127.0.0.1', '127.255.3.4:80', '[::1]', '[::1]:5000'])(
    '%s is loopback',
    (host) => expect(parseReference(`${host}/app`).isLoopback).toBe(true),
  );

  it.each([
    'gcr.io',
    'localhost.evil.com',
    'notlocalhost:80',
    '128.0.0.1',
    '10.127.0.1',
    '127.0.0.1.evil.com',
    '[::2]',
    '[::ffff:7f00:1]',
  ])('S8 %s is not loopback', (host) => expect(parseReference(`${host}/app`).isLoopback).toBe(false));
});

describe('parseRepository', () => {
  it('takes a name', () => {
    expect(parseRepository('gcr.io/p/app').toString()).toBe('gcr.io/p/app');
  });

  it.each([
    ['gcr.io/p/app:v1', 'tag'],
    [`gcr.io/p/app@${sha256}`, 'digest'],
    [`gcr.io/p/app:v1@${sha256}`, 'tag'],
  ])('%s: a usage fault', (text, surplus) => {
    const fault = caught(() => parseRepository(text));
    expect(fault.code).toBe('USAGE');
    expect(fault.message).toContain(`has a ${surplus}`);
    expect(fault.hint).toContain('gcr.io/p/app');
  });
});

describe('parseTag', () => {
  it('returns the tag', () => {
    expect(parseTag('v1.2', '--dest-tag')).toBe('v1.2');
  });

  it('S32 names the place of a malformed one', () => {
    const fault = caught(() => parseTag('a/b', '--dest-tag'));
    expect(fault.code).toBe('USAGE');
    expect(fault.message).toContain('--dest-tag: "a/b" is not a tag');
  });
});
