import { expect, it, vi } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { step } from './reading.ts';

vi.mock('yargs', () => {
  throw new Error('yargs was loaded');
});

it('no argument parser is loaded when nothing is typed, or --version alone', async () => {
  expect((await readCommandLine([], step)).name).toBe('copy');
  expect(await readCommandLine(['--version'], {})).toEqual({ name: 'text', text: 'source\n' });
  await expect(readCommandLine(['--dry-run'], step)).rejects.toThrow();
});
