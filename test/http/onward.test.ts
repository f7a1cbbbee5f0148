import { describe, expect, it } from 'vitest';
import { onwardUrl } from '../../src/http/onward.ts';

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
});
