import { ReconcilerError } from '../core/errors.ts';
import { isRepair, type Plan } from '../core/plan/plan.ts';
import { makePlan } from '../reconcile/reconcile.ts';
import type { AccountStore, ReconcilableAccount } from './account.ts';
import { type Approval, approvalMs, overridesFor } from './approvals.ts';
import { portsOfPass } from './pass.ts';
import { activePauses, describePause } from './pauses.ts';

/** What a person approves, and who that is. */
export type AskedApproval = Pick<Approval, 'planHash' | 'allow' | 'by' | 'reason'>;

/**
 * Approves the plan of an account as it is now, if it has this hash with what is allowed: the next pass makes it, if it is still that one.
 * @throws {ReconcilerError} E_PLAN_CHANGED for another plan, with its hash; E_PAUSED; and what a plan or the store throws
 */
export async function approvePlan(
  account: ReconcilableAccount,
  store: Pick<AccountStore, 'pauses' | 'approvals'>,
  asked: AskedApproval,
  signal: AbortSignal,
): Promise<Approval> {
  const { config, log } = account;
  const { clock } = account.ports;
  const pauses = activePauses(await store.pauses.load(), clock.now());
  if (pauses.account !== undefined)
    throw new ReconcilerError('E_PAUSED', { what: config.name, pause: describePause(pauses.account) });
  const ports = await portsOfPass(account, pauses, signal);
  const overrides = overridesFor(asked.allow);
  const rules = { ...ports.rules, overrides, approval: { planHash: asked.planHash, overrides } };
  assertApprovable(await makePlan({ ...ports, rules }, signal), asked.planHash, config.name);
  const at = clock.now();
  const approval = { ...asked, at, until: at + approvalMs };
  await store.approvals.save(approval);
  log.info({ planHash: asked.planHash, by: asked.by, why: asked.reason, allow: asked.allow }, 'plan approved');
  return approval;
}

/** An approval that does nothing would be used up by the next pass. */
function assertApprovable({ planHash, changes, guards }: Plan, asked: string, account: string): void {
  if (planHash !== asked) throw new ReconcilerError('E_PLAN_CHANGED', { account, planHash });
  if (changes.some((change) => !isRepair(change))) return;
  const blocked = guards.map(({ guard, message }) => `guard ${guard}: ${message}`).join('; ');
  const reason = `all that can be approved is blocked, so nothing would be done. ${blocked}`;
  throw new ReconcilerError('E_REFUSED', { what: account, reason });
}
