import type { AccountSpec, AccountStore } from '../pass/account.ts';
import type { AccountEvent } from '../pass/event.ts';
import type { Clock, Log } from '../reconcile/ports.ts';

/** What a loop works with. */
export interface LoopOptions {
  readonly spec: AccountSpec;
  readonly store: AccountStore;
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Passes that failed in a row, of those told about. */
  readonly failures: () => number;
  /** Told about everything that happens, in order. */
  readonly tell: (event: AccountEvent) => void;
}
