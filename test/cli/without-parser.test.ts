import { expect, it, vi } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { step } from './reading.ts';

vi.mock('yargs', () => {
  throw new Error('yargs was loaded');
});

it('no argument parser is loaded when nothing is typed, or two references, or --version alone', async () => {
  expect((await readCommandLine([], step)).name).toBe('copy');
  const references = ['eu.gcr.io/from/app:v1', 'eu.gcr.io/to/app:v1'];
  expect((await readCommandLine(references, {})).name).toBe('copy');
  await expect(readCommandLine([...references, '--dry-run'], {})).rejects.toThrow();
  await expect(readCommandLine(['eu.gcr.io/from/app:v1'], {})).rejects.toThrow('two references or none');
  expect(await readCommandLine(['--version'], {})).toEqual({ name: 'text', text: 'source\n' });
  await expect(readCommandLine(['--dry-run'], step)).rejects.toThrow();
});
