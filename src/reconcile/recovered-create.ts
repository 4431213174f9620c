import type { LedgerEntry } from '../core/ledger/ledger.ts';
import type { CreateChange } from '../core/plan/plan.ts';
import type { ApplyResult } from '../core/plan/report.ts';
import { deliverKey } from './keys/deliver-keys.ts';
import type { ReconcilePorts } from './ports.ts';

/** A create whose response was lost. */
interface LostCreate {
  readonly change: CreateChange;
  readonly durationMs: number;
}

/** The result of a create whose response was lost, once a listing has shown its application: it is done, without a second write. */
export async function recoveredCreate(
  { change, durationMs }: LostCreate,
  { id, keyFingerprint: fingerprint, keyGenerated }: LedgerEntry,
  ports: ReconcilePorts,
  signal?: AbortSignal,
): Promise<ApplyResult> {
  const applied = { outcome: 'applied', id, normalised: [], leftOut: [], change, durationMs } as const;
  if (fingerprint === undefined || !keyGenerated) return applied;
  await deliverKey({ id, name: change.name, labels: change.manifest.labels, fingerprint }, ports, signal);
  return { ...applied, key: { fingerprint, path: await ports.keys.store(fingerprint) } };
}
