import type { Change, Plan } from '../plan/plan.ts';
import { linkedTo } from './linked-to.ts';
import { needsNumbers } from './needs-numbers.ts';
import type { NumbersReading, PhoneNumber } from './numbers-reading.ts';

/** The plan that says how many phone numbers are linked to what is deleted, or that this is not known. */
export function withLinked(plan: Plan, reading: NumbersReading): Plan {
  if (reading.outcome === 'read') return withCounts(plan, reading.numbers);
  if (!needsNumbers(plan)) return plan; // a guard has said it
  const message = `linked numbers not checked: ${reading.reason}`;
  return { ...plan, notices: [...plan.notices, { kind: 'linked-numbers', message }] };
}

/** Of what is not made, too: a delete that a guard blocks is not shown as one of which nothing is known. */
function withCounts({ changes, skips, ...rest }: Plan, numbers: readonly PhoneNumber[]): Plan {
  return {
    ...rest,
    changes: changes.map((change) => counted(change, numbers)),
    skips: skips.map((skip) => (skip.change === undefined ? skip : { ...skip, change: counted(skip.change, numbers) })),
  };
}

function counted(change: Change, numbers: readonly PhoneNumber[]): Change {
  if (change.action !== 'delete') return change;
  return { ...change, linkedNumbers: linkedTo(numbers, [change.id]).length };
}
