import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where a gate wants the results as JSON. */
const report = process.env.PROMOTE_TEST_REPORT;

export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
