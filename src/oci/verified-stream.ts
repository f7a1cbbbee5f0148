import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { Fault } from '../fault.ts';
import type { Descriptor } from './descriptor.ts';
import { algorithmOf, type Digest, digestFrom, digestOf } from './digest.ts';

/**
 * Lets bytes through while it counts and hashes them, and keeps the last chunk until they proved to
 * be what the descriptor says: whoever reads never holds a whole blob that is not the right one.
 * Fails with Fault SIZE_MISMATCH as soon as a byte too many comes and where the end comes too early,
 * and with DIGEST_MISMATCH where the length is right and the bytes are not.
 *
 * Chunks pass without a copy, so whoever writes may not use a chunk's memory again.
 */
export class VerifiedStream extends Transform {
  private readonly expected: Descriptor;
  private readonly what: string;
  private readonly hash: Hash;
  private received = 0;
  private held: Uint8Array | undefined;

  /** @param what names the content in messages: `source HOST/PATH@sha256:…` */
  constructor(expected: Descriptor, what: string) {
    super();
    this.expected = expected;
    this.what = what;
    this.hash = createHash(algorithmOf(expected.digest));
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    this.received += chunk.length;
    if (this.received > this.expected.size) {
      done(surplus(this.expected, this.what));
    } else if (chunk.length === 0) {
      // It must not take the place of the held chunk: that would let the last byte go.
      done();
    } else {
      this.hash.update(chunk);
      const before = this.held;
      this.held = chunk;
      done(null, before);
    }
  }

  override _flush(done: TransformCallback): void {
    const flaw = this.received < this.expected.size ? short(this.received, this.expected, this.what) : this.hashFlaw();
    if (flaw === undefined) done(null, this.held);
    else done(flaw);
  }

  private hashFlaw(): Fault | undefined {
    const actual = digestFrom(this.hash, algorithmOf(this.expected.digest));
    return actual === this.expected.digest ? undefined : different(actual, this.expected, this.what);
  }
}

/**
 * The same for bytes that are here already.
 * @throws Fault SIZE_MISMATCH, DIGEST_MISMATCH
 */
export function verifyBytes(bytes: Uint8Array, expected: Descriptor, what: string): void {
  if (bytes.length > expected.size) throw surplus(expected, what);
  if (bytes.length < expected.size) throw short(bytes.length, expected, what);
  const actual = digestOf(bytes, algorithmOf(expected.digest));
  if (actual !== expected.digest) throw different(actual, expected, what);
}

function surplus(expected: Descriptor, what: string): Fault {
  return new Fault('SIZE_MISMATCH', `${what}: more bytes came than the ${expected.size} that its descriptor says`);
}

function short(received: number, expected: Descriptor, what: string): Fault {
  return new Fault('SIZE_MISMATCH', `${what}: ended after ${received} of ${expected.size} bytes`);
}

function different(actual: Digest, expected: Descriptor, what: string): Fault {
  return new Fault('DIGEST_MISMATCH', `${what}: its bytes hash to ${actual}, not to ${expected.digest}`);
}
