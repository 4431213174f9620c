import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { Steps } from '../core/steps.ts';

/** How long work goes on before everything else has its turn, in milliseconds; with the step that is in progress then it stays below 50. */
const sliceMs = 15;

/** Long work in slices: between two of them timers, requests and signals have their turn. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  readonly #now: () => number;
  #until: number;

  /** `now` is in milliseconds, and only ever goes forward. */
  constructor(signal?: AbortSignal, now: () => number = () => performance.now()) {
    this.#signal = signal;
    this.#now = now;
    this.#until = now() + sliceMs;
  }

  /** Ends the slice if it is long enough. @throws {ReconcilerError} E_ABORTED when asked to stop */
  async pause(): Promise<void> {
    if (this.#now() < this.#until) return;
    await nextTurn();
    throwIfStopped(this.#signal);
    this.#until = this.#now() + sliceMs;
  }

  /** Does work to its end. @throws {ReconcilerError} E_ABORTED, and what the work throws */
  async finish<Result>(steps: Steps<Result>): Promise<Result> {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      if (this.#now() >= this.#until) await this.pause();
    }
  }
}

/** @throws {ReconcilerError} E_ABORTED */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ReconcilerError('E_ABORTED', { when: ' while reading manifests' });
}
