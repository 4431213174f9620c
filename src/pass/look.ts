import { isDeepStrictEqual } from 'node:util';
import type { NumbersReader } from '../core/in-use/numbers-reader.ts';
import type { Delivery } from '../core/ledger/deliveries.ts';
import type { DeleteRecord, LedgerEntry } from '../core/ledger/ledger.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { DesiredSource } from '../reconcile/ports.ts';
import { makePlan } from '../reconcile/reconcile.ts';
import type { ReconcilableAccount } from './account.ts';
import { portsOfPass } from './pass.ts';
import type { Pauses } from './pauses.ts';

/** A fresh plan of an account, and what it was made from. */
export interface Look {
  readonly account: ReconcilableAccount;
  readonly pauses: Pauses;
  readonly desired: DesiredState;
  readonly entries: readonly LedgerEntry[];
  readonly deletes: readonly DeleteRecord[];
  readonly deliveries: readonly Delivery[];
  readonly plan: Plan;
}

/** Makes a plan. Reads only; phone numbers are asked for only where `numbers` is given. @throws {ReconcilerError} */
export async function lookAt(
  account: ReconcilableAccount,
  pauses: Pauses,
  signal: AbortSignal,
  numbers?: NumbersReader,
): Promise<Look> {
  const ports = await portsOfPass(account, pauses, signal);
  const { applied: since } = await ports.ledger.load();
  const desired = await ports.source.load({ signal, since });
  const source: DesiredSource = {
    load: async () => desired,
    whoRemoved: async (file, applied, stop) => ports.source.whoRemoved?.(file, applied, stop),
  };
  const plan = await makePlan({ ...ports, source, numbers }, signal);
  const { entries, deletes, deliveries } = ports.ledger.current();
  return { account, pauses, desired, entries: [...entries.values()], deletes, deliveries, plan };
}

/**
 * Whether a plan made now would be made from the same: configuration, pauses, manifests and ledger. Only what others change at the
 * API meanwhile is left, and no listing is younger than its first page.
 */
export async function stillHolds(
  { account, pauses, plan }: Look,
  now: { readonly account: ReconcilableAccount | undefined; readonly pauses: Pauses },
  signal: AbortSignal,
): Promise<boolean> {
  if (account !== now.account || !isDeepStrictEqual(pauses, now.pauses)) return false;
  const [desired, ledger] = await Promise.all([account.ports.source.load({ signal }), account.ports.ledger.load()]);
  return desired.revision.content === plan.content && ledger.serial === plan.serial;
}
