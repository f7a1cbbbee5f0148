import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { VerifiedStream, verifyBytes } from '../../src/oci/verified-stream.ts';
import { caught } from './caught.ts';

const what = 'source gcr.io/p/app';

function describing(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(bytes, algorithm), size: bytes.length };
}

/** What a reader got that takes every chunk at once, and the fault that it ended in. */
async function passed(chunks: readonly Uint8Array[], expected: Descriptor): Promise<{ bytes: Buffer; fault?: Fault }> {
  const stream = new VerifiedStream(expected, what);
  const out: Uint8Array[] = [];
  stream.on('data', (chunk: Uint8Array) => out.push(chunk));
  const end = finished(stream).catch((error: unknown) => error);
  for (const chunk of chunks) {
    await new Promise((resolve) => stream.write(chunk, resolve));
    await setImmediate();
  }
  stream.end();
  const error = await end;
  const bytes = Buffer.concat(out);
  if (error instanceof Fault) return { bytes, fault: error };
  expect(error).toBeUndefined();
  return { bytes };
}

/** The bytes cut at any places, with empty chunks between. */
function chunked(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

const content = Buffer.from('the bytes of a layer');

describe('VerifiedStream', () => {
  it.each(['sha256', 'sha512'] as const)('S34 lets bytes pass that hash to their %s digest', async (algorithm) => {
    const { bytes, fault } = await passed(
      [content.subarray(0, 7), content.subarray(7)],
      describing(content, algorithm),
    );
    expect(fault).toBeUndefined();
    expect(bytes).toEqual(content);
  });

  it.each(['sha256', 'sha512'] as const)(
    'S34 S1 refuses bytes that do not hash to their %s digest',
    async (algorithm) => {
      const altered = Buffer.from(content);
      altered[0] = 0;
      const { bytes, fault } = await passed([altered], describing(content, algorithm));
      expect(fault?.code).toBe('DIGEST_MISMATCH');
      expect(fault?.message).toContain(what);
      expect(bytes).toHaveLength(0);
    },
  );

  it('S14 refuses a short body', async () => {
    const { fault } = await passed([content.subarray(0, 19)], describing(content));
    expect(fault?.code).toBe('SIZE_MISMATCH');
    expect(fault?.message).toBe(`${what}: ended after 19 of 20 bytes`);
  });

  it('S15 fails at the first byte too many, without waiting for the end', async () => {
    const stream = new VerifiedStream(describing(content), what);
    const failed = new Promise((resolve) => stream.once('error', resolve));
    stream.resume();
    stream.write(content);
    stream.write('x');
    expect(await failed).toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  it('S15 lets nothing of a whole blob out before its surplus is known', async () => {
    const { bytes, fault } = await passed([content, Buffer.from('x')], describing(content));
    expect(fault?.code).toBe('SIZE_MISMATCH');
    expect(bytes).toHaveLength(0);
  });

  it('S1 lets the last byte not go for an empty chunk behind it', async () => {
    const { bytes, fault } = await passed([Buffer.alloc(20), new Uint8Array(), new Uint8Array()], describing(content));
    expect(fault?.code).toBe('DIGEST_MISMATCH');
    expect(bytes).toHaveLength(0);
  });

  it('takes an empty blob', async () => {
    const nothing = new Uint8Array();
    expect(await passed([], describing(nothing))).toEqual({ bytes: Buffer.alloc(0) });
    expect((await passed([content], describing(nothing))).fault?.code).toBe('SIZE_MISMATCH');
    const wrong = { ...describing(content), size: 0 };
    expect((await passed([], wrong)).fault?.code).toBe('DIGEST_MISMATCH');
  });

  it('hands out the chunks themselves, not copies', async () => {
    const stream = new VerifiedStream(describing(content), what);
    stream.end(content);
    for await (const chunk of stream) expect(chunk.buffer).toBe(content.buffer);
  });

  const cuts = fc.array(fc.nat(), { maxLength: 6 });

  it('passes good bytes whole, in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), cuts, async (bytes, places) => {
        const result = await passed(chunked(bytes, places), describing(bytes));
        expect(result).toEqual({ bytes: Buffer.from(bytes) });
      }),
    );
  });

  it('S1 S14 S15 never lets the last byte of other bytes out, in any chunks', async () => {
    const other = fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(other, cuts, async ([expected, sent], places) => {
        fc.pre(Buffer.compare(expected, sent) !== 0);
        const { bytes, fault } = await passed(chunked(sent, places), describing(expected));
        expect(fault?.code).toBe(sent.length === expected.length ? 'DIGEST_MISMATCH' : 'SIZE_MISMATCH');
        expect(bytes.length).toBeLessThan(Math.max(1, expected.length));
      }),
    );
  });
});

describe('verifyBytes', () => {
  it('takes what the descriptor says', () => {
    expect(() => verifyBytes(content, describing(content, 'sha512'), what)).not.toThrow();
    expect(() => verifyBytes(new Uint8Array(), describing(new Uint8Array()), what)).not.toThrow();
  });

  it.each([
    [Buffer.concat([content, content]), 'SIZE_MISMATCH'],
    [content.subarray(1), 'SIZE_MISMATCH'],
    [Buffer.alloc(content.length), 'DIGEST_MISMATCH'],
  ])('S1 refuses other bytes (%#)', (bytes, code) => {
    const fault = caught(() => verifyBytes(bytes, describing(content), what));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(what);
  });
});
