import type { Schedule } from '../config/account.ts';
import { quoted } from '../core/render/visible.ts';
import { shortestGapMs } from './schedule.ts';

/** Listings in a row that must be too slow: one that was held up says nothing. */
export const decidingListings = 3;

/** A schedule that asks for passes faster than the account can be listed, and what is done instead. */
export interface TooFastSchedule {
  readonly asked: Schedule;
  /** Shortest time between two passes it asks for, in milliseconds. */
  readonly gapMs: number;
  /** How long a listing takes, in milliseconds. */
  readonly listingMs: number;
  /** From the end of a pass to the next one that the schedule asks for, in seconds, at least. */
  readonly restSeconds: number;
}

/**
 * Whether the schedule is faster than a listing takes, told by the last listings; undefined when it is not. The account then rests
 * between two passes for as long as a listing takes, so that half of its requests are left for changes and for others.
 */
export function tooFastSchedule(asked: Schedule, listingsMs: readonly number[]): TooFastSchedule | undefined {
  if (listingsMs.length < decidingListings) return undefined;
  const listingMs = Math.min(...listingsMs);
  const gapMs = shortestGapMs(asked);
  if (listingMs <= gapMs) return undefined;
  return { asked, gapMs, listingMs, restSeconds: Math.ceil(listingMs / 1000) };
}

/** One sentence for people: what is too frequent, why, and what is done instead. */
export function describeTooFast({ asked, gapMs, listingMs, restSeconds }: TooFastSchedule): string {
  const what =
    asked.kind === 'interval'
      ? `the interval of ${asked.seconds} s`
      : `the schedule ${quoted(asked.cron)} (every ${gapMs / 1000} s)`;
  const listing = (listingMs / 1000).toFixed(1);
  return `${what} is too frequent, a listing takes ${listing} s: backing off to ${restSeconds} s after each pass. Configure at least that, or a higher requestsPerSecond`;
}
