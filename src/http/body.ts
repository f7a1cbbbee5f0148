import type { Readable } from 'node:stream';
import { Fault } from '../fault.ts';
import { shownUrl } from './redaction.ts';
import { errorBodyLimit, type Headers } from './transport.ts';

/**
 * @param limit bytes
 * @throws Fault LIMIT_EXCEEDED when there is more
 */
export async function readBody(body: Readable, limit: number, url: URL): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > limit) throw new Fault('LIMIT_EXCEEDED', `${shownUrl(url)}: the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Drops a body; reads it off where it is short, so that its connection can serve again. */
export function discardBody(body: Readable, headers: Headers): void {
  const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (length > errorBodyLimit) body.destroy();
  else body.resume();
}
