import type { AccountPorts } from '../../../app/open-account.ts';
import { firstAdoptions } from '../../../core/guards/custody.ts';
import type { Ledger } from '../../../core/ledger/ledger.ts';
import type { Plan } from '../../../core/plan/plan.ts';
import { plural } from '../../../core/plural.ts';
import { quoted } from '../../../core/render/visible.ts';
import { cannotBeUndone, countPlan } from '../../../core/render/words.ts';

/**
 * What a person must agree to: which account at which host, what happens to how many applications, and apart from that what is deleted. Undefined when
 * nothing will be written. `finished` undecided creates may be sent again.
 */
export function questionOf(plan: Plan, { config, ledger }: AccountPorts, finished: number): string | undefined {
  const { retry } = plan;
  const { delete: deletes, ...others } = countPlan(plan).changes;
  const counted = Object.entries(others).flatMap(([action, count]) => (count === 0 ? [] : [`${count} to ${action}`]));
  const wishes = [
    ...counted,
    ...(finished > 0 ? [`${plural(finished, 'undecided create')} to finish`] : []),
    ...(retry === undefined ? [] : [`the fields of ${quoted(retry.name)} that the server changed to send once more`]),
  ];
  if (wishes.length === 0 && deletes === 0) return undefined;
  return [
    ...newLedgerLines(plan, ledger.current()),
    `Account ${config.name} at ${config.apiUrl}:`,
    `${wishes.length === 0 ? 'nothing but deletes' : wishes.join(', ')}.`,
    ...(deletes === 0 ? [] : [`${plural(deletes, 'application')} will be DELETED. ${cannotBeUndone}`]),
    'Apply?',
  ].join('\n');
}

/** Who adopts for the first time should know that nothing here knows these applications: they may be in a ledger elsewhere. */
function newLedgerLines({ changes }: Plan, owned: Ledger): readonly string[] {
  const count = firstAdoptions({ changes, skips: [] }, { owned }).length;
  return count === 0 ? [] : [`There is no ledger here yet: ${plural(count, 'application')} will be adopted.`];
}
