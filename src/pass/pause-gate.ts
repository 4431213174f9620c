import { ReconcilerError } from '../core/errors.ts';
import type { Change, Retry } from '../core/plan/plan.ts';
import { namesAndIdOf } from '../core/plan/selection.ts';
import type { ChangeGate, Clock, Entry, Log } from '../reconcile/ports.ts';
import { activePauses, describePause, isPauseOver, type PauseStore, type Pauses, pauseOf } from './pauses.ts';

/** What a gate works with. */
export interface PauseGateOptions {
  readonly store: PauseStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What came of a change of the pauses. */
export interface ChangedPauses {
  readonly pauses: Pauses;
  /** Changes that were in flight when it took effect: they are finished. */
  readonly inFlight: number;
}

/**
 * Where pauses meet the pass in progress: changes start through it one by one, and it knows which are in flight. The store is read
 * before each start, because another process may have written it.
 */
export class PauseGate implements ChangeGate {
  readonly #options: PauseGateOptions;
  readonly #inFlight = new Set<Change | Retry>();
  /** How often pauses were changed here: a start that read them before the last change reads them again. */
  #changed = 0;

  constructor(options: PauseGateOptions) {
    this.#options = options;
  }

  /** What is paused now. What is over leaves the store; where that fails it is tried again by the next pass. */
  async current(): Promise<Pauses> {
    const { store, clock, log } = this.#options;
    const pauses = await store.load();
    try {
      if (isPauseOver(pauses, clock.now())) await store.change((kept) => activePauses(kept, clock.now()));
    } catch (error) {
      if (!(error instanceof ReconcilerError)) throw error;
      log.warn({ err: error }, 'expired pauses not removed');
    }
    return activePauses(pauses, clock.now());
  }

  /**
   * Changes the pauses. When it resolves they are on the disk, and no change starts that they hold back; those of that application,
   * or without a name of the whole account, that had begun are counted.
   * @throws {ReconcilerError} E_LOCK_HELD, E_STATE_UNUSABLE, E_REFUSED
   */
  async change(change: (pauses: Pauses) => Pauses, name: string | undefined): Promise<ChangedPauses> {
    const pauses = await this.#options.store.change(change);
    this.#changed += 1;
    const begun = [...this.#inFlight].filter((one) => name === undefined || namesAndIdOf(one).includes(name));
    return { pauses, inFlight: begun.length };
  }

  async enter(change: Change | Retry): Promise<Entry> {
    const pause = pauseOf(await this.#latest(), namesAndIdOf(change));
    if (pause !== undefined) return { outcome: 'held', reason: describePause(pause) };
    this.#inFlight.add(change); // nothing is awaited since the pauses were read
    return { outcome: 'entered', leave: () => void this.#inFlight.delete(change) };
  }

  async #latest(): Promise<Pauses> {
    const { store, clock } = this.#options;
    for (;;) {
      const before = this.#changed;
      const pauses = await store.load();
      if (this.#changed === before) return activePauses(pauses, clock.now());
    }
  }
}
