import type { Keeper } from './daemon.ts';

/** Longest silence of an account at work, in milliseconds: a single request may take a minute, a listing waits longer for its turn. */
const longestSilenceMs = 300_000;

/**
 * Longest that a pass may only read, in milliseconds: the largest account at a slow pace takes some hours, and a server whose listing
 * never ends gives signs of life for as long as it likes.
 */
const longestReadingMs = 6 * 3_600_000;

/** Accounts whose loop should move and does not: a pass without any sign of life, one that reads without end, or one that is overdue. */
export function stuckAccounts(keepers: readonly Keeper[], now: number): readonly string[] {
  return keepers.filter((keeper) => isSilent(keeper, now) || isReadingWithoutEnd(keeper, now)).map(({ name }) => name);
}

function isSilent({ status, lastSign }: Keeper, now: number): boolean {
  const due = status.runningSince ?? status.nextPass;
  if (due === undefined || due > now) return false;
  return now - Math.max(due, lastSign) > longestSilenceMs;
}

function isReadingWithoutEnd({ status: { runningSince }, lastWrite }: Keeper, now: number): boolean {
  return runningSince !== undefined && now - Math.max(runningSince, lastWrite) > longestReadingMs;
}

/** Accounts that have not been seen yet. One that another daemon reconciles is ready: this one only waits. */
export function unreadyAccounts(keepers: readonly Keeper[]): readonly string[] {
  return keepers.filter(({ status }) => !status.ready && status.standby === undefined).map(({ name }) => name);
}
