import type { Keeper } from './daemon.ts';

/** Longest silence of an account at work, in milliseconds: a single request may take a minute, a listing waits longer for its turn. */
const longestSilenceMs = 300_000;

/** Accounts whose loop should move and does not: a pass without any sign of life, or one that is overdue. */
export function stuckAccounts(keepers: readonly Keeper[], now: number): readonly string[] {
  return keepers
    .filter(({ status, lastSign }) => {
      const due = status.runningSince ?? status.nextPass;
      if (due === undefined || due > now) return false;
      return now - Math.max(due, lastSign) > longestSilenceMs;
    })
    .map(({ name }) => name);
}

/** Accounts that have not been seen yet. One that another daemon reconciles is ready: this one only waits. */
export function unreadyAccounts(keepers: readonly Keeper[]): readonly string[] {
  return keepers.filter(({ status }) => !status.ready && status.standby === undefined).map(({ name }) => name);
}
