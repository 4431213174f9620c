import type { FileHandle } from 'node:fs/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { Clock } from '../reconcile/ports.ts';
import { heartbeatMs, heldMs } from './times.ts';

/** How often a renewal is tried before the lock counts as lost: one that takes as long as the bound itself proves nothing. */
const renewals = 3;
/** A last renewal may take this long after the bound; whoever takes over waits longer. */
const graceMs = 1_000;

/** What a lock file is to its owner: its own, or the reason why it is not. */
export type Ownership = { readonly ours: true } | { readonly ours: false; readonly reason: LossReason };

/** `moved`: the directory of the state was removed or replaced. */
export type LossReason = 'taken-over' | 'moved' | 'unconfirmed';

const reasons: Readonly<Record<LossReason, string>> = {
  'taken-over': 'it was taken over by another process, because the heartbeat of this one was too old',
  moved: 'its directory was removed or replaced',
  unconfirmed: 'it could not be confirmed in time',
};

/** What a heartbeat works with. */
export interface HeartbeatOptions {
  /** Path of the lock file, for people. */
  readonly path: string;
  /** The lock file, open. Its modification time is the heartbeat: only our own file can ever be touched by it. */
  readonly file: Pick<FileHandle, 'utimes' | 'close'>;
  readonly clock: Clock;
  readonly look: () => Promise<Ownership>;
}

/**
 * Shows that the owner of a lock lives, and knows for how long the lock is surely its own: for half of the time after which others may
 * take it over, counted from the last heartbeat that succeeded by the larger of two clocks. The wall clock may be set back, and the
 * monotonic one may stand still while the machine sleeps.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #lost = new AbortController();
  #wallAt: number;
  #monotonicAt: number;
  #timer: NodeJS.Timeout | undefined;
  #bound: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#wallAt = options.clock.now();
    this.#monotonicAt = options.clock.monotonic();
  }

  /** Aborts with E_LOCK_LOST when the lock is ours no more, or may not be. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Beats once, then every few seconds without keeping the process alive. */
  async start(): Promise<void> {
    await this.#renew();
    this.#timer = setInterval(() => void this.#renew(), heartbeatMs);
    this.#timer.unref();
    this.#waitForBound();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#bound);
    await this.#renewing;
    clearTimeout(this.#bound);
    await this.#options.file.close();
  }

  /** The lock is ours. Costs nothing while the last heartbeat is young. @throws {ReconcilerError} E_LOCK_LOST */
  async assertHeld(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (!this.isFresh()) await this.confirm();
  }

  /** Whether the lock is surely ours at this moment, without asking anybody. */
  isFresh(): boolean {
    return !this.#lost.signal.aborted && this.#ageMs() < heldMs;
  }

  /** As {@link assertHeld}, by a new heartbeat. @throws {ReconcilerError} E_LOCK_LOST */
  async confirm(): Promise<void> {
    for (let tried = 0; tried < renewals; tried += 1) {
      await this.#renew();
      this.#lost.signal.throwIfAborted();
      if (this.#ageMs() < heldMs) return;
    }
    this.#lose('unconfirmed');
    this.#lost.signal.throwIfAborted();
  }

  #ageMs(): number {
    const { clock } = this.#options;
    return Math.max(clock.now() - this.#wallAt, clock.monotonic() - this.#monotonicAt);
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#renewNow().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Is it ours, a sign of life, is it still: a taker-over may have replaced the file in between, and what we touched is nowhere then. */
  async #renewNow(): Promise<void> {
    const { file, clock } = this.#options;
    try {
      if (!(await this.#isOurs())) return;
      const [now, monotonic] = [clock.now(), clock.monotonic()];
      await file.utimes(now / 1000, now / 1000);
      if (!(await this.#isOurs())) return;
      this.#wallAt = now;
      this.#monotonicAt = monotonic;
      this.#waitForBound();
    } catch (cause) {
      if (this.#ageMs() >= heldMs) this.#lose('unconfirmed', cause);
    }
  }

  async #isOurs(): Promise<boolean> {
    const found = await this.#options.look();
    if (!found.ours) this.#lose(found.reason);
    return found.ours;
  }

  /** Whether or not a disk that hangs ever answers, what is in flight must end in time. */
  #waitForBound(): void {
    clearTimeout(this.#bound);
    if (this.#timer === undefined || this.#lost.signal.aborted) return;
    this.#bound = setTimeout(() => {
      void this.#renew();
      this.#bound = setTimeout(() => this.#lose('unconfirmed'), graceMs);
      this.#bound.unref();
    }, heldMs);
    this.#bound.unref();
  }

  #lose(reason: LossReason, cause?: unknown): void {
    if (this.#lost.signal.aborted) return;
    clearTimeout(this.#bound);
    const { path } = this.#options;
    const details = { path, reason: reasons[reason], moved: reason === 'moved' };
    this.#lost.abort(new ReconcilerError('E_LOCK_LOST', details, cause === undefined ? {} : { cause }));
  }
}
