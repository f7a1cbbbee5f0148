import { readFile } from 'node:fs/promises';
import { number, object, parse } from 'valibot';

// Prints what a test report (vitest's JSON) counted, as one line. Fails when a test failed, when none ran, and, where
// every tool is required, when one was skipped.

const [report = 'dist/tests.json'] = process.argv.slice(2);
const { passed, failed, skipped } = await read(report);
if (failed > 0 || passed === 0) process.exitCode = 1;
if (skipped > 0 && process.env.PROMOTE_REQUIRE_TOOLS === '1') {
  console.error('A test was skipped where none may be (PROMOTE_REQUIRE_TOOLS=1)');
  process.exitCode = 1;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);

async function read(file: string): Promise<{ passed: number; failed: number; skipped: number }> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const counts = parse(
    object({
      numPassedTests: number(),
      numFailedTests: number(),
      numFailedTestSuites: number(),
      numPendingTests: number(),
      numTodoTests: number(),
    }),
    JSON.parse(text),
  );
  return {
    passed: counts.numPassedTests,
    // A file that fails before its tests begin is a failed suite without a failed test.
    failed: counts.numFailedTests === 0 ? counts.numFailedTestSuites : counts.numFailedTests,
    skipped: counts.numPendingTests + counts.numTodoTests,
  };
}
