import { hasBegun, type Ledger } from '../ledger/ledger.ts';
import type { Change, Plan, Skip } from '../plan/plan.ts';
import { byReason } from '../plan/plan-order.ts';
import { plural } from '../plural.ts';
import { identityOf } from './guard.ts';

/** What the first run of a daemon is judged from. */
export interface FirstRunFacts {
  readonly owned: Ledger;
  /** Whether a person is to be asked before a new ledger of this account is begun by adopting. */
  readonly firstRun?: 'ask' | undefined;
  /** Whether a person has approved this very plan: then nothing waits. */
  readonly approved?: boolean;
}

/**
 * The guarded plan in which everything waits, where it would begin a ledger by adopting and nobody agreed to that: a daemon that starts
 * with an empty state directory may be the second one, or have lost its ledger. What the guards hold back counts as well, for what goes
 * ahead beside it would begin the ledger. Nothing is recorded meanwhile.
 */
export function awaitFirstApproval(guarded: Plan, planned: Plan, { owned, firstRun, approved }: FirstRunFacts): Plan {
  const isOpen = guarded.changes.length > 0 || guarded.skips.some(({ reason }) => reason === 'waiting');
  if (firstRun === undefined || approved === true || hasBegun(owned) || !isOpen) return guarded;
  const adoptions = planned.changes.filter(({ action }) => action === 'adopt');
  if (adoptions.every(isMeant)) return guarded;
  const skips = guarded.changes.map(
    (change): Skip => ({
      ...identityOf(change),
      reason: 'waiting',
      message: 'waits for the first adoption to be approved',
      change,
    }),
  );
  const message = `there is no ledger here yet: ${plural(adoptions.length, 'application')} would be adopted. Nothing is written until that is approved, or by "run --adopt"`;
  return {
    ...guarded,
    changes: [],
    skips: byReason([...guarded.skips, ...skips]),
    notices: [...guarded.notices, { kind: 'first-run', message }],
    notes: [],
  };
}

/** Whoever pins an id, and declares what is live, has said which application it is and that nothing is to change. */
function isMeant(change: Change): boolean {
  return change.action !== 'adopt' || (change.manifest.id !== undefined && change.members.length === 0);
}
