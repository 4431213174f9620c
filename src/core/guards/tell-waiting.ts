import type { Change, Plan } from '../plan/plan.ts';
import { plural } from '../plural.ts';

/** The plan with a notice of what waits for a person in it, and how that person answers. */
export function tellWaiting(plan: Plan, account: string): Plan {
  const waiting = plan.skips.flatMap(({ reason, change }) => (reason === 'waiting' && change ? [change] : []));
  if (waiting.length === 0 || plan.planHash === undefined) return plan;
  const message = `${plural(waiting.length, 'change waits', 'changes wait')} for approval (${countsOf(waiting)}): vonage-gitops approve ${account} ${plan.planHash}`;
  return { ...plan, notices: [...plan.notices, { kind: 'approval', message }] };
}

function countsOf(changes: readonly Change[]): string {
  const counts = (['create', 'adopt', 'update', 'delete'] as const).map((action) => ({
    action,
    count: changes.filter((change) => change.action === action).length,
  }));
  return counts.flatMap(({ action, count }) => (count === 0 ? [] : [`${count} to ${action}`])).join(', ');
}
