import { readFile } from 'node:fs/promises';
import { number, object, parse } from 'valibot';

// Prints what a test report (vitest's JSON) counted as one line. Fails when a test failed, or when none ran.

const [report = 'dist/tests.json'] = process.argv.slice(2);
const counts = parse(
  object({
    numPassedTests: number(),
    numFailedTests: number(),
    numFailedTestSuites: number(),
    numPendingTests: number(),
  }),
  JSON.parse(await readFile(report, 'utf8')),
);
// A file that fails before its tests begin counts as a failed suite without a failed test.
const failed = counts.numFailedTests === 0 ? counts.numFailedTestSuites : counts.numFailedTests;
if (failed > 0 || counts.numPassedTests === 0) process.exitCode = 1;
console.log(`${counts.numPassedTests} passed, ${failed} failed, ${counts.numPendingTests} skipped`);
