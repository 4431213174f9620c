import type { Clock } from '../reconcile/ports.ts';

/** One timer that can be set again; setting it again cancels what it was set to. */
export class Timer {
  readonly #clock: Clock;
  #cancel = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls after that many milliseconds, unless canceled. */
  set(ms: number, call: () => void): void {
    this.cancel();
    const { signal } = this.#cancel;
    void this.#clock.sleep(Math.max(0, ms), signal).then(
      () => {
        if (!signal.aborted) call();
      },
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
  }

  cancel(): void {
    this.#cancel.abort();
    this.#cancel = new AbortController();
  }
}
