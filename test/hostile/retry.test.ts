import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault, withoutCredentials } from '../../src/fault.ts';
import { Backoff, mostTries, parseRetryAfter, waitAfter } from '../../src/retry.ts';
import { randomFrom, VirtualClock } from './simulation.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('S20 the wait before another try', () => {
  it('is never negative, never longer than 30 s, and may be twice as long each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), chance, (tries, random) => {
        const ms = waitAfter(tries, random);
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** (tries - 1)));
      }),
    );
    expect([1, 2, 3, 7, 100].map((tries) => waitAfter(tries, 0.999_999))).toEqual([499, 999, 1999, 29_999, 29_999]);
  });

  it('comes a bounded number of times, and never ends past the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 120_000 }), async (seed, budget) => {
        const clock = new VirtualClock(randomFrom(seed));
        const deadline = clock.now() + budget;
        const backoff = new Backoff({ clock, deadline, signal: new AbortController().signal });
        const fault = new Fault('NETWORK', 'broken');
        let waits = 0;
        const waitOn = async (): Promise<never> => {
          for (;;) {
            await backoff.failed(fault);
            waits += 1;
          }
        };
        await expect(waitOn()).rejects.toBe(fault);
        expect(waits).toBeLessThan(mostTries);
        expect(clock.now()).toBeLessThan(deadline);
      }),
      { numRuns: 50 },
    );
  });
});

describe('S21 a Retry-After', () => {
  const now = Date.UTC(2026, 10, 24, 12);

  it('of seconds is as many', () => {
    fc.assert(
      fc.property(fc.nat(), (seconds) => {
        expect(parseRetryAfter(` ${seconds} `, now)).toBe(seconds * 1000);
      }),
    );
  });

  it('of a date is the time until then, and none when it is past', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (seconds) => {
        const date = new Date(now + seconds * 1000).toUTCString();
        expect(parseRetryAfter(date, now)).toBe(Math.max(0, seconds * 1000));
      }),
    );
  });

  it('of anything else is none, and never a negative or a strange number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const ms = parseRetryAfter(text, now);
        if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
      }),
    );
    for (const absurd of ['-1', '1.5', 'soon', '', '0x10', '1e3', 'NaN', 'Infinity']) {
      expect(parseRetryAfter(absurd, now)).toBeUndefined();
    }
  });
});

describe('S10 a credential', () => {
  const secret = fc.string({
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'),
    minLength: 24,
    maxLength: 200,
  });
  const around = fc.string({ unit: 'binary', maxLength: 60 });

  it('is not left in a text, whatever stands around it', () => {
    fc.assert(
      fc.property(secret, around, around, (canary, before, after) => {
        for (const form of [`Bearer ${canary}`, `basic\t${canary}`, `ya29.${canary}`]) {
          expect(withoutCredentials(`${before} ${form} ${after}`)).not.toContain(canary);
          expect(new Fault('DENIED', `${before} ${form}${after}`).message).not.toContain(canary);
        }
        expect(withoutCredentials(`${before}ya29.${canary}`)).not.toContain(canary);
      }),
    );
  });

  it('that is a JSON web token is not left either', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ABCabc019-_'), minLength: 20, maxLength: 80 });
    fc.assert(
      fc.property(part, part, part, around, (one, two, three, before) => {
        expect(withoutCredentials(`${before}eyJ${one}.${two}.${three}`)).not.toContain(two);
      }),
    );
  });
});
