import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/fixed-seed.setup.ts'],
    // Nothing is timed by it: it ends what hangs, and a busy machine takes its time.
    testTimeout: 240_000,
    // Twice the two cores of a small machine: many tests wait, for files, processes and sockets.
    maxWorkers: 4,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/main.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: {
        lines: 90,
        'src/core/**': { branches: 100 },
        'src/reconcile/**': { branches: 100 },
      },
    },
  },
});
