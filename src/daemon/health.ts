import type { Clock } from '../reconcile/ports.ts';
import type { AccountView } from './daemon.ts';

/** Longest silence of an account at work, in milliseconds: a single request may take a minute, a listing waits longer for its turn. */
const longestSilenceMs = 300_000;

/**
 * Longest that a pass may only read, in milliseconds: the largest account at a low rate takes some hours, and a server whose listing
 * never ends gives signs of life for as long as it likes.
 */
const longestReadingMs = 6 * 3_600_000;

type Signs = Pick<AccountView, 'name' | 'status' | 'dueAt' | 'lastSign' | 'lastWrite'>;

/** Accounts whose loop should move and does not: a pass without any sign of life, one that reads without end, or one that is overdue. */
export function stuckAccounts(views: readonly Signs[], clock: Pick<Clock, 'now' | 'monotonic'>): readonly string[] {
  const monotonic = clock.monotonic();
  return views
    .filter((view) => isDue(view, clock.now()) && (isSilent(view, monotonic) || isReadingWithoutEnd(view, monotonic)))
    .map(({ name }) => name);
}

/** A schedule fires by the wall clock, which may have been set back: what is not due by it is not late. */
function isDue({ status: { runningSince, nextPass = 0 } }: Signs, now: number): boolean {
  return runningSince !== undefined || nextPass <= now;
}

function isSilent({ dueAt, lastSign }: Signs, monotonic: number): boolean {
  return dueAt !== undefined && monotonic - Math.max(dueAt, lastSign) > longestSilenceMs;
}

function isReadingWithoutEnd({ status: { runningSince }, dueAt = 0, lastWrite }: Signs, monotonic: number): boolean {
  return runningSince !== undefined && monotonic - Math.max(dueAt, lastWrite) > longestReadingMs;
}

/** Accounts that have not been seen yet. One that another daemon reconciles is ready: this one only waits. */
export function unreadyAccounts(views: readonly AccountView[]): readonly string[] {
  return views.filter(({ status }) => !status.ready && status.standby === undefined).map(({ name }) => name);
}
