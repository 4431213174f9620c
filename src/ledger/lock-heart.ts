import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../reconcile/ports.ts';

/** Milliseconds between two signs of life. */
export const heartbeatMs = 5_000;

/** An owner that could not confirm its lock for so many milliseconds stops before others may take it over. */
const unconfirmedMs = 20_000;

/** What a heart beats for. */
export interface HeartOptions {
  /** The lock file, open. Its modification time is the heartbeat: only our own file can ever be touched by it. */
  readonly file: FileHandle;
  readonly clock: Clock;
  readonly isOurs: () => Promise<boolean>;
  readonly lost: AbortController;
}

/** Shows that the owner of a lock lives, and notices when the lock is its own no more. */
export class Heart {
  readonly #options: HeartOptions;
  #confirmedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#confirmedAt = options.clock.now();
  }

  /** Beats once, then every few seconds without keeping the process alive. */
  async start(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beating = this.#beat();
    }, heartbeatMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#options.file.close();
  }

  async #beat(): Promise<void> {
    const { file, clock, isOurs, lost } = this.#options;
    try {
      if (!(await isOurs())) return lost.abort(new Error('the lock was taken over'));
      const now = clock.now();
      await file.utimes(now / 1000, now / 1000);
      this.#confirmedAt = now;
    } catch (cause) {
      const unconfirmed = Math.abs(clock.now() - this.#confirmedAt);
      if (unconfirmed > unconfirmedMs) lost.abort(new Error('the lock cannot be confirmed', { cause }));
    }
  }
}
