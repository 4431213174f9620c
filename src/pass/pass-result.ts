import { heldBackCode, type PassResult, reportResult, resultCodes } from '../core/exit-codes.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { PassEnd } from './pass.ts';

type JudgedEnd = Pick<PassEnd, 'plan' | 'results' | 'lockLost' | 'undelivered'>;

/**
 * How a pass ended. `invalid`: nothing was to do for the manifests that can be used, and some cannot; healthy ones go ahead
 * although others are broken. `partly`, too, when the lock was lost on the way.
 */
export function passResult({ plan, results, lockLost, undelivered }: JudgedEnd): PassResult {
  if (lockLost === true) return 'partly';
  return hasInvalid(plan) && results.length === 0 ? 'invalid' : reportResult(plan, results, undelivered);
}

/** The exit code of a pass that nobody asked for. */
export function passCode(end: JudgedEnd): number {
  return resultCodes[passResult(end)];
}

/** The exit code a pass has for who asked for it: as of apply. */
export function askedPassCode(end: JudgedEnd): number {
  return heldBackCode(passResult(end), end.plan, end.results);
}

/** Whether a pass did not do all that it set out to do, so that it counts as failed and is made again soon. */
export function hasFailed(end: JudgedEnd): boolean {
  return ['failed', 'partly'].includes(passResult(end));
}

/** Whether a manifest of the revision the plan was made from cannot be used. */
export function hasInvalid({ problems }: Plan): boolean {
  return problems.some(({ severity }) => severity === 'error');
}
