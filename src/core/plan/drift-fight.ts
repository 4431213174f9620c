import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Pointer } from '../pointer.ts';

/** How often drift of one member is healed within {@link fightWindowMs} before it counts as a fight with another writer. */
const healsBeforeFight = 3;

/** In milliseconds. */
export const fightWindowMs = 60 * 60 * 1000;

/** The members that were healed so often within the last hour that another writer must be bringing the drift back. */
export function foughtPaths(entry: LedgerEntry, now: number): ReadonlySet<Pointer> {
  const counts = new Map<Pointer, number>();
  for (const heal of recentHeals(entry, now)) counts.set(heal.path, (counts.get(heal.path) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count >= healsBeforeFight).map(([path]) => path));
}

/** The heals of the last hour. A time in the future counts: a clock that jumped back is no reason to go on. */
export function recentHeals(entry: LedgerEntry, now: number): LedgerEntry['healed'] {
  return entry.healed.filter((heal) => now - heal.at < fightWindowMs);
}
