import { defineConfig } from 'vitest/config';

/** What mutation testing runs: the tests of the pure core alone, so that each mutant is judged in milliseconds. */
export default defineConfig({ test: { include: ['test/core/**/*.test.ts'], testTimeout: 60_000 } });
