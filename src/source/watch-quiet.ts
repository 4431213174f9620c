import { setTimeout as pause } from 'node:timers/promises';

/** When a moment counts as quiet. */
export interface QuietOptions {
  /** Milliseconds without a hint. */
  readonly quietMs: number;
  /** Milliseconds after which it counts as quiet anyway. */
  readonly maxWaitMs: number;
  /** Whether something is going on although no hint came; asked once per quiet moment. */
  readonly isBusy: () => Promise<boolean>;
  /** Called once for all the hints before it, never twice at a time. */
  readonly onQuiet: () => Promise<void>;
}

/** Turns many hints into one call, made when they have stopped. */
export class Quiet {
  readonly #options: QuietOptions;
  readonly #stop = new AbortController();
  #lastHint = 0;
  #hinted = false;
  #running: Promise<void> | undefined;

  constructor(options: QuietOptions) {
    this.#options = options;
  }

  /** Something may have happened. Cheap: thousands of these cost nothing. */
  hint(): void {
    this.#lastHint = performance.now();
    this.#hinted = true;
    this.#running ??= this.#run();
  }

  /** No call is made any more; one that is being made has ended when this resolves. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#hinted && !signal.aborted) {
      await this.#untilQuiet(signal);
      this.#hinted = false;
      if (!signal.aborted) await this.#options.onQuiet();
    }
    this.#running = undefined;
  }

  async #untilQuiet(signal: AbortSignal): Promise<void> {
    const { quietMs, maxWaitMs, isBusy } = this.#options;
    const deadline = performance.now() + maxWaitMs;
    let quietAt = this.#lastHint + quietMs;
    while (!signal.aborted) {
      const now = performance.now();
      if (now >= deadline) return;
      if (now >= quietAt) {
        const hint = this.#lastHint;
        if (!(await isBusy()) && hint === this.#lastHint) return;
        quietAt = now + quietMs;
      }
      await sleep(Math.min(quietAt, deadline) - now, signal);
      quietAt = Math.max(quietAt, this.#lastHint + quietMs);
    }
  }
}

/** Resolves early when stopped: whoever waits asks the signal. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(Math.max(1, Math.ceil(ms)), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
