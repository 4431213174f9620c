/** Work in steps: whoever drives it may do something else after each, or give it up. */
export type Steps<Result> = Generator<void, Result, void>;

/** All steps at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
