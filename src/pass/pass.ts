import { isLockLost } from '../core/errors.ts';
import { recentDeletes } from '../core/guards/limits.ts';
import type { FoundCreate, Report } from '../core/plan/report.ts';
import { budgetTime } from '../core/plan/server-time.ts';
import type { ChangeGate, PlanPorts, ReconcilePorts } from '../reconcile/ports.ts';
import { makePlan, reconcile } from '../reconcile/reconcile.ts';
import type { ReconcilableAccount } from './account.ts';
import { type Approval, type ApprovalStore, isOpen, overridesFor } from './approvals.ts';
import { PassRequests } from './pass-requests.ts';
import { type Pauses, pausedByPerson } from './pauses.ts';

/** What came of a pass that was made to its end. */
export interface PassEnd extends Report {
  /** `plan`: the account is paused, so nothing was written. */
  readonly mode: 'apply' | 'plan';
  readonly pauses: Pauses;
  /** Applications in the ledger. */
  readonly owned: number;
  /** The last approval of the account, unless it is over; `used` when this pass or an earlier one used it. */
  readonly approval?: Approval | undefined;
  /** Whether this pass made a plan that a person had approved. */
  readonly approved?: true;
  /** Deletes that the budget of 24 hours still allows. */
  readonly deletesLeft: number;
  /** The writer's lock was lost after something was sent: what came of it is not all recorded. */
  readonly lockLost?: boolean;
}

/** What a pass is told beside the account. */
interface PassOptions {
  /** As they are when it begins. */
  readonly pauses: Pauses;
  /** Asked before each change starts. */
  readonly gate: ChangeGate;
  readonly approvals: ApprovalStore;
  readonly onFound?: (create: FoundCreate) => void;
}

/**
 * One pass. A paused account is only planned, which needs no lock and by its types cannot write; everything else is made under the
 * writer's lock, with the ledger read afresh.
 * @throws {ReconcilerError}
 */
export async function runPass(
  account: ReconcilableAccount,
  { pauses, gate, approvals, onFound }: PassOptions,
  signal: AbortSignal,
): Promise<PassEnd> {
  if (pauses.account !== undefined) return planPass(account, pauses, signal);
  const approval = await lastApproval(approvals, account.ports.clock.now());
  const ports = withApproval(await countingPorts(account, pauses, signal), approvals, approval);
  const { report, stop } = await account.whileWriting(signal, async (stop) => ({
    report: await ports.api.during(() =>
      reconcile({ ...ports, gate, ...(onFound === undefined ? {} : { onFound }) }, stop),
    ),
    stop,
  }));
  const end = {
    ...passEnd(report, ports, { mode: 'apply', pauses }),
    ...approvalOf(approval, report.plan.approved === true, ports.clock.now()),
  };
  return !signal.aborted && isLockLost(stop.reason) ? { ...end, lockLost: true } : end;
}

/** The last one, unless its time is over. @throws {ReconcilerError} E_STATE_UNUSABLE */
async function lastApproval(approvals: ApprovalStore, now: number): Promise<Approval | undefined> {
  const approval = await approvals.load();
  return approval === undefined || now >= approval.until ? undefined : approval;
}

/** The ports of a pass that makes what a person approved, if that is still the plan: the approval is used up before the first write. */
function withApproval<Ports extends ReconcilePorts>(
  ports: Ports,
  approvals: ApprovalStore,
  approval: Approval | undefined,
): Ports {
  const { clock, log, rules } = ports;
  if (approval === undefined || !isOpen(approval, clock.now())) return ports;
  const { planHash, by, reason } = approval;
  return {
    ...ports,
    rules: { ...rules, approval: { planHash, overrides: overridesFor(approval.allow) } },
    spendApproval: async () => {
      await approvals.spend(approval, clock.now());
      log.info({ planHash, by, why: reason }, 'approved plan is applied');
    },
  };
}

function approvalOf(
  approval: Approval | undefined,
  isUsed: boolean,
  now: number,
): Pick<PassEnd, 'approval' | 'approved'> {
  if (approval === undefined) return {};
  return isUsed ? { approval: { ...approval, used: now }, approved: true } : { approval };
}

/** A pass that writes nothing. @throws {ReconcilerError} */
export async function planPass(account: ReconcilableAccount, pauses: Pauses, signal: AbortSignal): Promise<PassEnd> {
  const ports = await countingPorts(account, pauses, signal);
  const plan = await ports.api.during(() => makePlan(ports, signal));
  return passEnd({ plan, results: [] }, ports, { mode: 'plan', pauses });
}

interface CountingPorts extends ReconcilePorts {
  readonly api: PassRequests;
}

async function countingPorts(
  account: ReconcilableAccount,
  pauses: Pauses,
  signal: AbortSignal,
): Promise<CountingPorts> {
  const ports = await portsOfPass(account, pauses, signal);
  return { ...ports, api: new PassRequests(ports.api) };
}

/** The account's ports with what is paused, agreed to and moving between accounts at this moment. */
export async function portsOfPass(
  account: ReconcilableAccount,
  pauses: Pauses,
  signal: AbortSignal,
): Promise<ReconcilePorts & PlanPorts> {
  const { ports } = account;
  const paused = pausedByPerson(pauses);
  const movingNames = await account.movingNames(signal);
  const otherLedger = await account.otherLedger();
  const firstRun = await account.firstRun();
  return { ...ports, rules: { ...ports.rules, paused, movingNames, otherLedger, firstRun } };
}

function passEnd(
  report: Report,
  { ledger, clock, rules }: ReconcilePorts,
  how: Pick<PassEnd, 'mode' | 'pauses'>,
): PassEnd {
  const owned = ledger.current();
  const recent = recentDeletes(owned, budgetTime(report.plan.listing, clock.now()));
  const deletesLeft = Math.max(0, rules.policy.deletes.per24h - recent);
  return { ...report, ...how, owned: owned.entries.size, deletesLeft };
}

/** Whether something is missing or undecided that the pass after the settle time decides. */
export function hasUndecided({ plan, results }: Report): boolean {
  return (
    plan.settlesAt !== undefined ||
    results.some((result) => result.outcome === 'skipped' && result.skip === 'missing') ||
    results.some(({ outcome, change }) => outcome === 'unknown' && change.action === 'create')
  );
}
