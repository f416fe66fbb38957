import { defineConfig } from 'vitest/config';
import { createCountReporter } from './test/support/count-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/random-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // PGlite takes some 500 MB per instance: two at a time is what a small CI machine carries.
    maxWorkers: 2,
    reporters: ['default', createCountReporter()],
  },
});
