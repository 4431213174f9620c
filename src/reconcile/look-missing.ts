import type { ApplicationId } from '../core/application/application.ts';
import { isYoung } from '../core/plan/absence.ts';
import type { Outcome } from '../core/plan/report.ts';
import type { ReconcilePorts } from './ports.ts';

/** A change whose application the API does not know although it was listed. That is a look, unless reads may lag behind our own write. */
export async function lookMissing(id: ApplicationId, { ledger, clock, rules }: ReconcilePorts): Promise<Outcome> {
  const now = clock.now();
  const entry = ledger.measured(ledger.current(), now).entries.get(id);
  const isLook = entry !== undefined && !isYoung(entry, { policy: rules.policy, now });
  if (isLook) await ledger.record([{ kind: 'missing', id, at: now }], { durable: true });
  const reason =
    'the API says that it does not exist, although it was listed: nothing was sent, a second check decides';
  return { outcome: 'skipped', reason, skip: 'missing' };
}
