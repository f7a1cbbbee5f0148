import { createReadStream } from 'node:fs';

/**
 * All that a file holds. A device may have no end.
 * @param path `-` is standard input
 * @param limit bytes
 * @returns undefined where it holds more
 */
export async function readWithin(path: string, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
