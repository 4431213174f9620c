import type { Change, Plan } from '../plan/plan.ts';
import { linkedTo } from './linked-to.ts';
import { needsNumbers } from './needs-numbers.ts';
import type { NumbersReading } from './numbers-reading.ts';

/** The plan that says how many phone numbers are linked to what is deleted, or that this is not known. */
export function withLinked(plan: Plan, reading: NumbersReading): Plan {
  if (reading.outcome === 'read') return { ...plan, changes: plan.changes.map((change) => counted(change, reading)) };
  if (!needsNumbers(plan)) return plan; // a guard has said it
  const message = `linked numbers not checked: ${reading.reason}`;
  return { ...plan, notices: [...plan.notices, { kind: 'linked-numbers', message }] };
}

function counted(change: Change, { numbers }: Extract<NumbersReading, { outcome: 'read' }>): Change {
  if (change.action !== 'delete') return change;
  return { ...change, linkedNumbers: linkedTo(numbers, [change.id]).length };
}
