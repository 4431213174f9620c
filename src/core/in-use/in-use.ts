import type { Change } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';
import { quoted } from '../render/visible.ts';
import { idsAtStake } from './ids-at-stake.ts';
import { linkedTo } from './linked-to.ts';
import type { NumbersReading } from './numbers-reading.ts';
import { numbersText } from './numbers-text.ts';

/** What is known of phone numbers, and what the account says where nothing is. */
export interface InUseFacts {
  /** Absent where nobody asked. */
  readonly numbers?: NumbersReading | undefined;
  readonly policy: Pick<Policy, 'inUse'>;
}

/** How many applications a message names. */
const mostNamed = 5;

/** Whether a change would cut off phone numbers, or might where the account wants to be sure. */
export function isInUse(change: Change, { numbers, policy }: InUseFacts): boolean {
  const ids = idsAtStake(change);
  if (numbers === undefined || ids.length === 0) return false;
  if (numbers.outcome === 'unknown') return policy.inUse === 'require';
  return linkedTo(numbers.numbers, ids).length > 0;
}

/** Why changes that are in use wait, and what to do; undefined where nobody asked. */
export function inUseMessage(changes: readonly Change[], { numbers }: InUseFacts): string | undefined {
  if (numbers === undefined) return undefined;
  if (numbers.outcome === 'unknown')
    return `linked numbers not checked: ${numbers.reason}, and inUse is require; --allow-linked NAME allows this`;
  const named = changes.slice(0, mostNamed).map((change) => {
    return `${quoted(change.name)} has ${numbersText(linkedTo(numbers.numbers, idsAtStake(change)))}`;
  });
  const more = changes.length > mostNamed ? `, and so have ${changes.length - mostNamed} more` : '';
  return `phone numbers would be cut off: ${named.join(', ')}${more}. Unlink them, or pass --allow-linked NAME`;
}
