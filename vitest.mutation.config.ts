import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tables before laws, and the loader's hostile and huge texts last: the first failure ends a mutant, so the quick ones come first. */
const slow = ['plan-laws', 'render', 'manifest', 'hostile', 'together', 'bounds'];

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => slow.findLastIndex((part) => moduleId.includes(part));
    return files.toSorted((one, other) => rank(one) - rank(other) || (one.moduleId < other.moduleId ? -1 : 1));
  }
}

/**
 * What mutation testing runs: the tests of the pure core alone, in one process without isolation (nothing in the core has a state to
 * isolate), so that each mutant is judged in about a second.
 */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    setupFiles: ['test/core/few-runs.setup.ts'],
    testTimeout: 60_000,
    isolate: false,
    sequence: { sequencer: QuickFirst },
  },
});
