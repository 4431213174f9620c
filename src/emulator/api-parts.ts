import type { Account } from './applications/account.ts';
import type { Store } from './applications/store.ts';
import type { Switches } from './applications/switches.ts';
import type { FaultBook } from './faults/faults.ts';
import type { NumberStore } from './numbers/number-store.ts';
import type { TokenBucket } from './rate-limit.ts';
import type { RequestLog } from './request-log.ts';

/** How a 429 says when to come back: not at all, in seconds, or as an HTTP date. */
export type RetryAfter = 'none' | 'seconds' | 'date';

/** What the API is made of. */
export interface ApiParts {
  readonly account: Account;
  readonly store: Store;
  readonly numbers: NumberStore;
  readonly switches: Switches;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly bucket: TokenBucket | undefined;
  readonly retryAfter: RetryAfter;
  readonly latencyMs: number;
  /** What the Authorization header must decode to, `key:secret`. */
  readonly credentials: string;
  readonly now: () => number;
  /** Resolves when all changes so far are on disk. */
  readonly saved: () => Promise<void>;
}
