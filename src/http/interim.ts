import type { ClientRequest } from 'node:http';

/** A server sends one or two. */
const mostInterim = 20;

/** Ends a request whose server sends interim answers (RFC 9110, 15.2) without an end: each counts as life, and none is the answer. */
export function boundInterim(request: ClientRequest): void {
  let count = 0;
  request.on('information', () => {
    count += 1;
    if (count > mostInterim) {
      request.destroy(Object.assign(new Error(`more than ${mostInterim} interim answers`), { code: 'EINTERIM' }));
    }
  });
}
