import { defineConfig } from 'vitest/config';

/** The model-based suite alone, with many runs: `CHAOS_SEED=… CHAOS_RUNS=… npm run test:chaos` repeats one. */
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.test.ts'],
    reporters: ['verbose'],
    env: { CHAOS_RUNS: process.env['CHAOS_RUNS'] ?? '2000' },
  },
});
