import { settleMsOf } from '../core/plan/absence.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { PlanPorts, ReconcilePorts } from './ports.ts';
import { makePlan } from './reconcile.ts';
import { recordLooks, settleIntents } from './settle.ts';

/** How a second look is waited for. */
export interface SecondLookOptions {
  readonly signal: AbortSignal;
  /** Called once before the wait, with its length in seconds and the names it is for. */
  readonly onWait: (seconds: number, names: readonly string[]) => void;
}

/**
 * A plan in which nothing is missing or undecided that one settle time can decide: it waits once, for all of it together, and plans
 * again. Writes the ledger only.
 */
export async function decidedPlan(ports: ReconcilePorts, options: SecondLookOptions): Promise<Plan> {
  const plan = await makePlan(ports, options.signal);
  await recordLooks(plan, ports);
  if (!(await waitFor(plan, ports, options))) return plan;
  await settleIntents(ports, options.signal);
  const decided = await makePlan(ports, options.signal);
  await recordLooks(decided, ports);
  return decided;
}

/** As {@link decidedPlan}, and writes nothing: both looks are this process's own. */
export async function decidedPlanOf(ports: PlanPorts, options: SecondLookOptions): Promise<Plan> {
  const plan = await makePlan(ports, options.signal);
  return (await waitFor(plan, ports, options)) ? makePlan(ports, options.signal, plan) : plan;
}

/** Waits until everything can be decided, and never longer than a settle time, whatever a clock that jumped has left in the ledger. */
async function waitFor(
  plan: Plan,
  { clock, rules }: PlanPorts,
  { signal, onWait }: SecondLookOptions,
): Promise<boolean> {
  if (plan.settlesAt === undefined) return false;
  const until = Math.min(plan.settlesAt, clock.now() + settleMsOf(rules.policy));
  const waitMs = Math.max(0, until - clock.now());
  const open = plan.skips.filter(({ reason }) => reason === 'missing' || reason === 'undecided');
  onWait(
    Math.ceil(waitMs / 1000),
    open.map(({ name }) => name),
  );
  await clock.sleep(waitMs, signal);
  const restMs = Math.min(waitMs, until - clock.now()); // a timer may be a little early
  if (restMs > 0) await clock.sleep(restMs, signal);
  return true;
}
