import type { Clock } from '../../src/reconcile/ports.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still until the test moves it. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #setBy = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now + this.#setBy;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** The wall clock is set; no time passes. */
  set(byMs: number): void {
    this.#setBy += byMs;
  }

  /** Lets time pass; who slept long enough wakes up. */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    const awake = this.#sleepers.filter(({ at }) => at <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of awake) wake();
    await settled();
  }

  /** Milliseconds until somebody wakes up by itself. */
  untilNext(): number | undefined {
    const next = Math.min(...this.#sleepers.map(({ at }) => at));
    return Number.isFinite(next) ? next - this.#now : undefined;
  }
}

/** Lets everything run that waits for nothing outside. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
