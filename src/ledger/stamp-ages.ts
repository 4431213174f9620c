import { elapsedSince } from '../core/elapsed.ts';
import type { Ledger, LedgerRecord } from '../core/ledger/ledger.ts';
import { restamped, type Stamp, stampsOf } from '../core/ledger/stamps.ts';
import type { Clock } from '../reconcile/ports.ts';

/** How old a stamp was when this process met it, and when that was, on the monotonic clock. In milliseconds. */
interface Meeting {
  readonly ageMs: number;
  readonly at: number;
}

/** What the ledger does not name may be about to be written to it; forgotten after this long, in milliseconds. */
const unnamedMs = 60 * 60 * 1000;

/**
 * How old the stamps of one account's ledger are. How old one was when this process first met it, the wall clock says; from then on
 * time is measured on the monotonic clock, so that setting the wall clock neither shortens nor lengthens a wait. Kept in memory
 * alone: another process knows only the stamps.
 */
export class StampAges {
  readonly #clock: Clock;
  #met = new Map<string, Meeting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The ledger was read: its stamps are met, and those of long ago that it does not name are forgotten. */
  read(ledger: Ledger): void {
    const since = this.#clock.monotonic() - unnamedMs;
    const met = new Map([...this.#met].filter(([, { at }]) => at > since));
    restamped(ledger, (stamp) => {
      met.set(stamp.key, this.#meeting(stamp));
      return stamp.at;
    });
    this.#met = met;
  }

  /** These records are about to be written. */
  recorded(records: readonly LedgerRecord[]): void {
    for (const stamp of stampsOf(records)) this.#met.set(stamp.key, this.#meeting(stamp));
  }

  /** The ledger as if its stamps had been made by the wall clock of `now`, in milliseconds since 1970; none is in the future. */
  measured(ledger: Ledger, now: number): Ledger {
    return restamped(ledger, (stamp) => {
      const { ageMs, at } = this.#meeting(stamp);
      return now - Math.floor(ageMs + this.#clock.monotonic() - at);
    });
  }

  #meeting({ key, at }: Stamp): Meeting {
    return this.#met.get(key) ?? { ageMs: elapsedSince(at, this.#clock.now()), at: this.#clock.monotonic() };
  }
}
