import type { Plan, Skip } from './plan/plan.ts';
import type { ApplyResult, Report } from './plan/report.ts';
import { attentionReasons } from './render/words.ts';

/** Exit codes of commands; see docs/errors.md. */
export const exitCodes = {
  done: 0,
  error: 1,
  changes: 2,
  attention: 3,
  partly: 4,
  invalid: 5,
  locked: 6,
  interrupted: 130,
} as const;

/** How a pass ended, in one word. */
export type PassResult = 'succeeded' | 'attention' | 'partly' | 'failed' | 'invalid';

/** The code for each. */
export const resultCodes: Readonly<Record<PassResult, number>> = {
  succeeded: exitCodes.done,
  attention: exitCodes.attention,
  partly: exitCodes.partly,
  failed: exitCodes.error,
  invalid: exitCodes.invalid,
};

/** In which order codes win over one another when several apply. */
const precedence: readonly number[] = [6, 5, 4, 1, 130, 3, 2, 0];

/** The one code for several: of accounts, or of several findings. A code that is not in the table counts as an error. */
export function worstCode(codes: readonly number[]): number {
  const known = codes.map((code) => (precedence.includes(code) ? code : exitCodes.error));
  return precedence.find((code) => known.includes(code)) ?? exitCodes.done;
}

/** The code of a plan: whether its manifests are valid, whether it needs a person, and, when asked for, whether it has changes. */
export function planCode(plan: Plan, detailed: boolean): number {
  return worstCode([
    plan.problems.some(({ severity }) => severity === 'error') ? exitCodes.invalid : exitCodes.done,
    needsPerson({ ...plan, skips: plan.skips.filter((skip) => !isWaiting(skip)) })
      ? exitCodes.attention
      : exitCodes.done,
    detailed && (plan.changes.length > 0 || plan.skips.some(isWaiting)) ? exitCodes.changes : exitCodes.done,
  ]);
}

/** The code of a report. */
export function reportCode(plan: Plan, results: readonly ApplyResult[], undelivered?: Report['undelivered']): number {
  return heldBackCode(reportResult(plan, results, undelivered), plan, results);
}

/** The code of a result. A pause that held back a change is nothing wrong, but who asked for the change has to know. */
export function heldBackCode(result: PassResult, { skips }: Plan, results: readonly ApplyResult[]): number {
  const isHeldBack =
    skips.some(({ heldBack }) => heldBack === true) ||
    results.some(({ outcome, ...rest }) => outcome === 'skipped' && 'skip' in rest && rest.skip === 'paused');
  return worstCode([resultCodes[result], isHeldBack ? exitCodes.attention : exitCodes.done]);
}

/**
 * Whether all of the plan was carried out, and whether something in it needs a person. What a person paused counts as little as what
 * was paused before the plan.
 */
export function reportResult(
  plan: Plan,
  results: readonly ApplyResult[],
  undelivered: Report['undelivered'] = [],
): PassResult {
  const skipped = new Set(results.flatMap((result) => (result.outcome === 'skipped' ? (result.skip ?? []) : [])));
  const open = results.filter(
    (result) => result.outcome !== 'applied' && !(result.outcome === 'skipped' && result.skip),
  );
  if (open.length === 0) {
    const attention = skipped.has('missing') || skipped.has('blocked') || undelivered.length > 0 || needsPerson(plan);
    return attention ? 'attention' : 'succeeded';
  }
  const begun = results.some(({ outcome }) => outcome === 'applied' || outcome === 'unknown');
  return begun ? 'partly' : 'failed';
}

/** What waits for approval is what a plan is for; that it was not made is something for who asked for a pass. */
function isWaiting({ reason }: Skip): boolean {
  return reason === 'waiting';
}

function needsPerson(plan: Plan): boolean {
  const broken = plan.problems.some(({ severity }) => severity === 'error');
  const twin = plan.notices.some(({ kind }) => kind === 'twin');
  return broken || twin || plan.skips.some(({ reason }) => attentionReasons.includes(reason));
}
