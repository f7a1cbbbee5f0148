import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundledPackages, entryFile, programFile } from './bundle/packages.ts';

// Who put how many bytes into the bundle. Fails when it outgrows its budget: raise one only with a reason.

const root = join(import.meta.dirname, '..');
const budgets = [
  { file: entryFile, bytes: 2_000 },
  { file: programFile, bytes: 700_000 },
  { file: `${programFile}.map`, bytes: 1_000_000 },
];

const metafile: Metafile = JSON.parse(await readFile(join(root, 'dist/meta.json'), 'utf8'));
for (const { name, bytes } of bundledPackages(metafile, programFile)) console.log(line(name, bytes));
for (const { file, bytes: budget } of budgets) {
  const { size } = await stat(join(root, file));
  console.log(`${line(file, size)} of ${budget.toLocaleString('en')}`);
  if (size > budget) {
    console.error(`${file} is ${(size - budget).toLocaleString('en')} bytes over its budget`);
    process.exitCode = 1;
  }
}

function line(what: string, bytes: number): string {
  return `${what.padEnd(32)}${bytes.toLocaleString('en').padStart(10)}`;
}
