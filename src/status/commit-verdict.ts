import type { SourceRefusal } from '../core/git/source-state.ts';
import type { ApplyResult } from '../core/plan/report.ts';
import { plural } from '../core/plural.ts';
import { countProblems } from '../core/problem.ts';
import { type AppliedCounts, appliedWords } from '../core/render/report.ts';
import type { PassEnded, PassFailed } from '../pass/event.ts';
import type { PassEnd } from '../pass/pass.ts';
import { hasFailed } from '../pass/pass-result.ts';

/** What came of a commit in one account, or in all of its source. The description has counts, and no name of an application. */
export interface CommitVerdict {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
  /** Said only where nothing is said of the commit yet. */
  readonly isOpening?: true;
}

/** What is known beside the pass. */
interface Known {
  readonly account: string;
  /** Passes that failed in a row, with this one. */
  readonly failures: number;
  /** By the passes over the commit, with this one. */
  readonly applied: AppliedCounts;
  /** Whether it is the first pass over the commit. */
  readonly isFirst: boolean;
}

/** So many passes that fail one after another are told. */
const toleratedFailures = 3;

/** What is said when the first pass over a commit begins. */
export const begun: CommitVerdict = { state: 'pending', description: 'applying', isOpening: true };

/** What came of a commit by a pass over it. */
export function verdictOfPass({ end }: PassEnded, known: Known): CommitVerdict {
  const { plan, mode } = end;
  if (plan.unread !== undefined)
    return { state: 'failure', description: 'cannot be read: what was applied last stays in effect' };
  const wrong = wrongIn(end);
  const waiting = waitingIn(plan);
  if (wrong.length > 0) return { state: 'failure', description: [...waiting, ...wrong].join(', ') };
  if (hasFailed(end) && known.failures >= toleratedFailures) return { state: 'error', description: failedIn(end) };
  if (hasFailed(end)) return { state: 'pending', description: 'some changes failed, and are tried again' };
  if (mode === 'plan') return { state: 'pending', description: `account ${known.account} is paused` };
  const open = waiting[0] ?? openIn(end);
  if (open !== undefined) return { state: 'pending', description: open };
  return { state: 'success', description: successText(end, known) };
}

/** What came of a commit by a pass that could not be made; undefined while that may pass. */
export function verdictOfFailure({ error }: PassFailed, failures: number): CommitVerdict | undefined {
  if (error.code === 'E_SOURCE_PATH' || error.code === 'E_SOURCE_TOO_LARGE')
    return { state: 'failure', description: `the manifests cannot be read (${error.code})` };
  if (failures < toleratedFailures) return undefined;
  return { state: 'error', description: `not applied: every pass fails (${error.code})` };
}

/** What is said of a commit that is not accepted. */
export function verdictOfRefusal(refusal: SourceRefusal | undefined): CommitVerdict {
  return { state: 'failure', description: `refused: ${refusal ?? 'malformed'}` };
}

/** What is said of a commit that was still open when the next one came. The id is shortened. */
export function supersededBy(commit: string): CommitVerdict {
  return { state: 'error', description: `superseded by ${commit}` };
}

/** What is said of a commit whose manifests are those of a commit with this verdict. */
export function verdictOfSame(verdict: CommitVerdict, account: string): CommitVerdict {
  return verdict.state === 'success' ? { state: 'success', description: noChange(account) } : verdict;
}

/** What takes a person. */
function wrongIn({ plan }: PassEnd): readonly string[] {
  const { errors } = countProblems(plan.problems);
  const blocked = plan.skips.filter(({ reason }) => reason === 'blocked').length;
  const guards = plan.guards.filter((one) => one.blocked > 0).map(({ guard }) => guard);
  const conflicts = countSkips(plan, 'conflict');
  const held = countSkips(plan, 'held');
  return [
    ...(errors > 0 ? [`${plural(errors, 'error')} in manifests`] : []),
    ...(blocked > 0 ? [`${plural(blocked, 'change')} blocked by ${[...new Set(guards)].join(', ') || 'a guard'}`] : []),
    ...(conflicts > 0 ? [plural(conflicts, 'conflict')] : []),
    ...(held > 0 && errors === 0 ? [`${held} held`] : []),
  ];
}

function failedIn({ results, lockLost }: PassEnd): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  if (failed > 0) return `${plural(failed, 'change')} failed`;
  return lockLost === true ? 'partly applied: the lock was lost' : 'partly applied';
}

/** The hash comes first, where nothing cuts it: a person copies it. */
function waitingIn(plan: PassEnd['plan']): readonly string[] {
  const count = countSkips(plan, 'waiting');
  if (count === 0) return [];
  const what = plan.planHash === undefined ? '' : `plan ${plan.planHash} `;
  return [`${what}waits for approval (${plural(count, 'change')})`];
}

/** What waits for the end of a pause, or for the next pass. */
function openIn({ plan, results }: PassEnd): string | undefined {
  const paused = plan.skips.filter(({ heldBack }) => heldBack === true).length + countLate(results, 'paused');
  if (paused > 0) return `${plural(paused, 'change')} paused`;
  const undecided = countSkips(plan, 'undecided') + countSkips(plan, 'missing') + countLate(results, 'missing');
  return undecided > 0 ? `${undecided} not decided yet` : undefined;
}

function successText({ plan }: PassEnd, { account, applied: counts, isFirst }: Known): string {
  const applied = appliedWords(counts);
  const kept = plan.skips.filter(isKept).length;
  const done = applied.length > 0 ? `applied: ${applied.join(', ')}` : isFirst ? noChange(account) : 'in sync';
  return kept > 0 ? `${done}; ${kept} kept as configured` : done;
}

/** Drift is not of the commit, and applications that only stay are no changes. */
function isKept({ reason, change }: PassEnd['plan']['skips'][number]): boolean {
  return reason === 'kept' && change !== undefined && change.reason !== 'drift';
}

function noChange(account: string): string {
  return `no change for ${account}`;
}

function countSkips({ skips }: PassEnd['plan'], wanted: string): number {
  return skips.filter(({ reason }) => reason === wanted).length;
}

/** What came in between after the plan. */
function countLate(results: readonly ApplyResult[], wanted: 'paused' | 'missing'): number {
  return results.filter((result) => result.outcome === 'skipped' && result.skip === wanted).length;
}

/** What came of a commit in all accounts of a source, of which each has a verdict in the end. */
export function verdictOfSource(
  accounts: readonly string[],
  verdictIn: (account: string) => CommitVerdict | undefined,
): CommitVerdict {
  const all = accounts.map((account) => ({ account, verdict: verdictIn(account) ?? begun }));
  if (all.some(({ verdict }) => verdict.isOpening === true))
    return { ...begun, description: `applying to ${accounts.length} accounts` };
  const of = (state: CommitVerdict['state']) => all.filter(({ verdict }) => verdict.state === state);
  const worst = (['failure', 'error', 'pending'] as const).map(of).find((some) => some.length > 0)?.[0];
  const counts = (['success', 'failure', 'error', 'pending'] as const).map((state) => `${of(state).length} ${state}`);
  const told = counts.filter((text) => !text.startsWith('0 ')).join(', ');
  const description = `${accounts.length} accounts: ${told}`;
  if (worst === undefined) return { state: 'success', description };
  const { account, verdict } = worst;
  return { state: verdict.state, description: `${description}; worst: ${account} (${verdict.description})` };
}
