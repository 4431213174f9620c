import type { Timetable } from '../config/account.ts';
import { quoted } from '../core/render/visible.ts';
import { shortestGapMs } from './timetable.ts';

/** A timetable that asks for passes faster than the account can be listed, and what is done instead. */
export interface RefusedTimetable {
  readonly asked: Timetable;
  /** Shortest time between two passes it asks for, in milliseconds. */
  readonly gapMs: number;
  /** How long a listing takes, in milliseconds. */
  readonly listingMs: number;
  /** Passes are this far apart instead, in seconds. */
  readonly seconds: number;
}

/** The timetable an account goes by. */
export interface KeptTimetable {
  readonly timetable: Timetable;
  /** Undefined when it is the configured one. */
  readonly refused: RefusedTimetable | undefined;
}

/** Variation of the interval that replaces a refused schedule, in percent. */
const defaultJitterPercent = 10;

/**
 * The configured timetable, or a slower interval where a listing takes longer than the time between two passes: the account would be
 * listed without end, and nothing of its pace would be left for changes. `listingsMs` are the last listings; the fastest counts,
 * because one that was held up says nothing. Twice its time lets the account rest half of the time.
 */
export function keptTimetable(asked: Timetable, listingsMs: readonly number[]): KeptTimetable {
  const listingMs = Math.min(...listingsMs);
  const gapMs = shortestGapMs(asked);
  if (listingsMs.length === 0 || listingMs <= gapMs) return { timetable: asked, refused: undefined };
  const seconds = Math.ceil((2 * listingMs) / 1000);
  const jitterPercent = asked.kind === 'interval' ? asked.jitterPercent : defaultJitterPercent;
  return { timetable: { kind: 'interval', seconds, jitterPercent }, refused: { asked, gapMs, listingMs, seconds } };
}

/** One sentence for people: what is refused, why, and what to do. */
export function describeRefused({ asked, gapMs, listingMs, seconds }: RefusedTimetable): string {
  const what =
    asked.kind === 'interval'
      ? `the interval of ${asked.seconds} s`
      : `the schedule ${quoted(asked.cron)} (every ${gapMs / 1000} s)`;
  const listing = (listingMs / 1000).toFixed(1);
  return `${what} is refused, a listing takes ${listing} s: passes are ${seconds} s apart instead. Configure at least that, or a higher requestsPerSecond`;
}
