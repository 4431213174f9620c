import type { LedgerEntry } from '../core/ledger/ledger.ts';
import type { ApplyResult } from '../core/plan/report.ts';
import type { ReconcilePorts } from './ports.ts';

/** The result of a create whose response was lost, once a listing has shown its application: it is done, without a second write. */
export async function recoveredCreate(
  { change, durationMs }: ApplyResult,
  { id, keyFingerprint: fingerprint, keyGenerated }: LedgerEntry,
  { keys }: Pick<ReconcilePorts, 'keys'>,
): Promise<ApplyResult> {
  const applied = { outcome: 'applied', id, normalised: [], leftOut: [], change, durationMs } as const;
  if (fingerprint === undefined || !keyGenerated) return applied;
  return { ...applied, key: { fingerprint, path: await keys.store(fingerprint) } };
}
