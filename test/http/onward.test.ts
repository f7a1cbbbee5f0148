import { describe, expect, it } from 'vitest';
import { onwardUrl } from '../../src/http/onward.ts';
import { shownUrl } from '../../src/http/redaction.ts';

const from = new URL('http://127.0.0.1:5000/v2/');

describe('S8 where an answer leads', () => {
  it.each(['/v2/next', 'http://127.0.0.1:5000/x', 'https://elsewhere.example/x'])('%s is followed', (location) => {
    expect(onwardUrl(from, location, 'a Location').href).toBe(new URL(location, from).href);
  });

  it.each(['blob:http://127.0.0.1:5000/x', 'http://127.0.0.1:5001/x', 'ftp://127.0.0.1:5000/x', 'data:,x'])(
    '%s is not',
    (location) => {
      expect(() => onwardUrl(from, location, 'a Location')).toThrow('is not over TLS');
    },
  );

  it('S38 is told in a short line that reads well, however long the host', () => {
    const far = `http://${'a.'.repeat(5_000)}example/`;
    expect(() => onwardUrl(from, far, 'an upload location')).toThrow(
      /^http:\/\/127\.0\.0\.1:5000 sent an upload location to http:\/\/a\.a.{1,500}…, which is not over TLS/,
    );
  });
});

describe('S38 a URL that is shown', () => {
  it.each([`/v2/${'a'.repeat(5_000)}/manifests/v1`, `/v2/${'a'.repeat(5_000)}/blobs/uploads/secret`])(
    'is short',
    (path) => {
      expect(shownUrl(new URL(path, from)).length).toBeLessThan(600);
    },
  );
});
