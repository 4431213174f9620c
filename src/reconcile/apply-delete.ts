import { ReconcilerError } from '../core/errors.ts';
import { sameBase } from '../core/plan/live-hash.ts';
import type { DeleteChange } from '../core/plan/plan.ts';
import type { Outcome } from '../core/plan/report.ts';
import { lookMissing } from './look-missing.ts';
import type { ReconcilePorts } from './ports.ts';

/**
 * Deletes an application, which cannot be undone: only if a GET right before shows what was planned, after its body is kept for
 * `restore`, and after the delete is counted.
 */
export async function applyDelete(change: DeleteChange, ports: ReconcilePorts): Promise<Outcome> {
  const { id } = change;
  const { api, ledger, clock } = ports;
  const fresh = await api.get(id);
  if (fresh === undefined) return lookMissing(id, ports);
  if (!sameBase(change.base, fresh.body))
    return { outcome: 'stale', reason: 'another writer changed it after it was planned' };
  await ledger.keepBody(id, fresh.body);
  await ledger.record([{ kind: 'delete-started', id, at: clock.now() }], { durable: true });
  try {
    await api.remove(id);
  } catch (error) {
    if (isRefusal(error)) await ledger.record([{ kind: 'delete-refused', id }], { durable: false });
    throw error;
  }
  await ledger.record([{ kind: 'deleted', id, at: clock.now() }], { durable: false });
  return { outcome: 'applied', id, normalised: [], leftOut: [] };
}

/** A 401 is one whoever sent it: what a proxy refuses does not reach the API. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ReconcilerError)) return false;
  return ['E_API_REJECTED', 'E_API_FORBIDDEN'].includes(error.code) || error.details.status === 401;
}
