import type { Change, Plan } from '../plan/plan.ts';
import { plural } from '../plural.ts';

/**
 * Where manifests are not yet what the account follows: of a commit, whose plan has the same hash after the merge, or of a checkout, which
 * may be planned without the daemon's ledger.
 */
export type Preview = 'commit' | 'checkout';

/** The plan with a notice of what waits for a person in it, and how that person answers. */
export function tellWaiting(plan: Plan, account: string, preview?: Preview): Plan {
  const waiting = plan.skips.flatMap(({ reason, change }) => (reason === 'waiting' && change ? [change] : []));
  if (waiting.length === 0 || plan.planHash === undefined) return plan;
  const message = messageOf(waiting, `vonage-gitops approve ${account} ${plan.planHash} --reason TEXT`, preview);
  return { ...plan, notices: [...plan.notices, { kind: 'approval', message }] };
}

function messageOf(waiting: readonly Change[], command: string, preview: Preview | undefined): string {
  const counts = countsOf(waiting);
  if (preview === undefined)
    return `${plural(waiting.length, 'change waits', 'changes wait')} for approval (${counts}): ${command}`;
  const told = `${plural(waiting.length, 'change')} will wait for approval after the merge (${counts})`;
  return preview === 'checkout' ? told : `${told}: ${command}`;
}

function countsOf(changes: readonly Change[]): string {
  const counts = (['create', 'adopt', 'update', 'delete'] as const).map((action) => ({
    action,
    count: changes.filter((change) => change.action === action).length,
  }));
  return counts.flatMap(({ action, count }) => (count === 0 ? [] : [`${count} to ${action}`])).join(', ');
}
