import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { options, substitutionOf } from '../../src/cli/options.ts';
import { Fault } from '../../src/fault.ts';

const flag = fc.constantFrom(...options.map(({ name }) => `--${name}`), '--help', '--version', '--', '-h');
const value = fc.oneof(
  fc.string(),
  fc.constantFrom('true', '0', 'copy', 'digest', 'us', '__proto__', 'constructor', 'us-docker.pkg.dev/p/r/i:t'),
);
const word = fc.oneof(
  flag,
  value,
  fc.tuple(flag, value).map(([name, text]) => `${name}=${text}`),
  fc.string().map((text) => `--${text}`),
);
const key = fc.oneof(
  fc.constantFrom(...options.map(({ name }) => substitutionOf(name)), 'LOCATION', 'PROJECT_ID'),
  fc.stringMatching(/^_[A-Z_]{1,12}$/),
);

describe('any arguments in any environment', () => {
  it('become a command or a usage fault, and nothing is printed', async () => {
    const out = vi.spyOn(process.stdout, 'write');
    const err = vi.spyOn(process.stderr, 'write');
    const log = vi.spyOn(console, 'log');
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 6 }),
        fc.dictionary(key, value, { maxKeys: 6 }),
        async (argv, env) => {
          const read: unknown = await readCommandLine(argv, env).catch((fault: unknown) => fault);
          expect(read instanceof Error ? read instanceof Fault && read.code : 'USAGE').toBe('USAGE');
        },
      ),
      { numRuns: 400 },
    );
    expect([out, err, log].map((spy) => spy.mock.calls.length)).toEqual([0, 0, 0]);
    vi.restoreAllMocks();
  });
});
