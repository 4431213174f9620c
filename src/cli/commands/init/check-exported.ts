import { accountLabel } from '../../../app/document-context.ts';
import { showProblems } from '../../../app/report-error.ts';
import type { Session } from '../../../app/session.ts';
import { exitCodes, planCode } from '../../../core/exit-codes.ts';
import type { Plan } from '../../../core/plan/plan.ts';
import { everything, noOverrides } from '../../../core/plan/policy.ts';
import { plural } from '../../../core/plural.ts';
import { renderPlan } from '../../../core/render/text.ts';
import { makePlan } from '../../../reconcile/reconcile.ts';
import { columnsOf } from '../../columns-of.ts';
import { eachOpenAccount } from '../plan/each-open-account.ts';

/** Plans with the files as they are now. Anything that an apply would send is shown, and ends in exit code 3. */
export function checkExported(session: Session): Promise<number> {
  const rules = { selection: everything, overrides: noOverrides, whenStale: 'refuse', planOnly: true } as const;
  const { context, color } = session;
  return eachOpenAccount(session, { rules, assertFetched: () => undefined }, async (account, reading) => {
    const plan = await makePlan(account.ports, context.stop);
    reading.stop();
    showProblems(plan.problems, plan.root, context);
    const columns = columnsOf(context.stdout, context);
    const isSame = writesNothing(plan);
    context.stdout.write(
      isSame
        ? sameText(plan)
        : renderPlan(plan, { ...accountLabel(session, account.config), color, columns, verbose: false }),
    );
    return isSame ? exitCodes.done : exitCodes.attention;
  });
}

/** Taking over an application as it is sends nothing: only the ledger learns of it. */
function writesNothing(plan: Plan): boolean {
  const isTakenOver = (change: Plan['changes'][number]) => change.action === 'adopt' && change.members.length === 0;
  return planCode(plan, false) === exitCodes.done && plan.changes.every(isTakenOver);
}

function sameText({ changes }: Plan): string {
  const next =
    changes.length === 0
      ? ''
      : ` The first apply records ${plural(changes.length, 'application')} as managed, and sends nothing.`;
  return `No changes. The account matches the manifests.${next}\n`;
}
