import type { Plan } from '../plan/plan.ts';
import { idsAtStake } from './ids-at-stake.ts';

/** Whether phone numbers are to be looked up for a plan: some change that may be made, now or after an approval, could cut one off. */
export function needsNumbers({ changes, skips }: Plan): boolean {
  const waiting = skips.flatMap(({ reason, change }) => (reason === 'waiting' && change ? [change] : []));
  return [...changes, ...waiting].some((change) => idsAtStake(change).length > 0);
}
