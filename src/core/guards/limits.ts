import type { ApplicationId } from '../application/application.ts';
import { deleteWindowMs, type Ledger } from '../ledger/ledger.ts';
import type { Change } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';

/** Most deletes in one pass: within both numbers, but one is possible however few are owned, unless a number is 0. */
export function deleteLimit(owned: number, { deletes }: Policy): number {
  if (deletes.max === 0 || deletes.maxPercent === 0) return 0;
  return Math.max(1, Math.min(deletes.max, percentOf(owned, deletes.maxPercent)));
}

/** Most updates in one pass; no limit up to ten owned applications. */
export function updateLimit(owned: number, { updates }: Policy): number {
  return owned <= 10 ? Number.POSITIVE_INFINITY : percentOf(owned, updates.maxPercent);
}

/** How many owned applications may be missing at once before it looks like another account or an outage rather than like deletes. */
export function vanishLimit(owned: number): number {
  return Math.max(1, Math.floor(owned / 10));
}

/** Rounded down. Multiplied first: 0.29 × 100 is 28.999999999999996 for a computer. */
function percentOf(owned: number, percent: number): number {
  return Math.floor((percent * owned) / 100);
}

/**
 * Deletes of the last 24 hours; `now` is the budget's time, see budgetTime. A time in the future counts: a clock that jumped
 * back must not widen the budget. One that was begun and is planned again is one delete, not two.
 */
export function recentDeletes(owned: Ledger, now: number, planned: readonly Change[] = []): number {
  const isPlanned = (id: ApplicationId) => planned.some((change) => 'id' in change && change.id === id);
  return owned.deletes.filter(({ id, at }) => now - at < deleteWindowMs && !isPlanned(id)).length;
}
