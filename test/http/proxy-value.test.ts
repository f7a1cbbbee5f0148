import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { openOrigins } from './loopback.ts';

describe('a proxy that cannot be spoken to', () => {
  it.each([
    'socks5://h.example:1',
    'ftp://h.example',
    'http://user:S3cret word@h.example:99999',
    'http://u:S3cret%P@h',
  ])('S10 is a usage fault without its login: %s', (proxy) => {
    const origins = openOrigins(proxy);
    let caught: unknown;
    try {
      origins.at(new URL('https://us-docker.pkg.dev/v2/'));
    } catch (error) {
      caught = error;
    }
    if (!(caught instanceof Fault)) throw new Error('no fault');
    expect(caught.code).toBe('USAGE');
    expect(`${caught.message} ${caught.hint}`).not.toContain('S3cret');
  });

  it('one with a login is taken', () => {
    const origins = openOrigins('http://user:pass%20word@127.0.0.1:3128');
    expect(() => origins.at(new URL('https://us-docker.pkg.dev/v2/'))).not.toThrow();
  });
});
