import type { ReconcilerError } from '../core/errors.ts';
import type { FoundCreate } from '../core/plan/report.ts';
import type { TooFastSchedule } from '../schedule/too-fast.ts';
import type { PassEnd } from './pass.ts';
import type { Pauses } from './pauses.ts';

/** Something that happened to one account. Times are milliseconds since 1970. */
export type AccountEvent =
  | { readonly kind: 'standing-by'; readonly at: number; readonly owner: string }
  | { readonly kind: 'leading'; readonly at: number }
  | Waiting
  | { readonly kind: 'began'; readonly at: number; readonly pass: number; readonly reasons: readonly string[] }
  | PassEnded
  | PassFailed
  | { readonly kind: 'stopped'; readonly at: number };

/** Nothing is to do until a pass is requested. */
interface Waiting {
  readonly kind: 'waiting';
  readonly at: number;
  /** Start of the next scheduled pass. */
  readonly until: number | undefined;
  /** Set while the configured schedule is too frequent. */
  readonly tooFast: TooFastSchedule | undefined;
}

interface PassOver {
  readonly at: number;
  readonly pass: number;
  readonly reasons: readonly string[];
  /** Creates of earlier passes whose responses were lost, found by this one. */
  readonly found: readonly FoundCreate[];
  readonly durationMs: number;
}

/** A pass was made to its end, whatever came of it. */
export interface PassEnded extends PassOver {
  readonly kind: 'ended';
  readonly end: PassEnd;
}

/** A pass could not be made. */
export interface PassFailed extends PassOver {
  readonly kind: 'failed';
  readonly error: ReconcilerError;
  readonly pauses: Pauses;
}

/** How a pass ended that somebody waited for; undefined when there was none because the daemon stops or stands by. */
export type PassAnswer = PassEnded | PassFailed | undefined;
