import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { blobOf, type SeedBlob } from './image-parts.ts';

/** A layer as builders make it: a gzipped tar, known in the config by the tar's own digest. */
export interface SeedLayer {
  readonly blob: SeedBlob;
  readonly diffId: Digest;
}

/** Bytes that no compressor shrinks; the same for the same seed. */
export function bytesFrom(seed: string, size: number): Uint8Array {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** A layer with one file. @param size of the file in bytes; the layer is some hundred bytes larger */
export function layerOf(seed: string, size: number): SeedLayer {
  const padding = Buffer.alloc((512 - (size % 512)) % 512);
  const tar = Buffer.concat([tarHeader('content.bin', size), bytesFrom(seed, size), padding, Buffer.alloc(1024)]);
  return { blob: blobOf(gzipSync(tar, { level: 0 })), diffId: digestOf(tar, 'sha256') };
}

/** One regular file's header in the ustar form (POSIX.1-1988). */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(['0000644', '0000000', '0000000', ''].join('\0'), 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
