import type { Readable } from 'node:stream';
import { Fault } from '../fault.ts';
import { reasonOf } from '../text.ts';
import { shownUrl } from './redaction.ts';
import { errorBodyLimit, type Headers } from './transport.ts';

/**
 * @param limit bytes
 * @throws Fault LIMIT_EXCEEDED when there is more, NETWORK when it breaks off
 */
export async function readBody(body: Readable, limit: number, url: URL): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      length += chunk.length;
      if (length > limit) {
        throw new Fault('LIMIT_EXCEEDED', `${shownUrl(url)}: the answer is larger than ${limit} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('NETWORK', `${shownUrl(url)}: the answer broke off: ${reasonOf(cause)}`, { cause });
  }
  return Buffer.concat(chunks, length);
}

/** Drops a body; reads it off where it is short, so that its connection can serve again. */
export function discardBody(body: Readable, headers: Headers): void {
  const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (length > errorBodyLimit) body.destroy();
  else body.resume();
}
