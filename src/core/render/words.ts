import { describeAuthor, type KnownCommit, shortId } from '../git/commit-info.ts';
import type { Change, ChangeReason, Plan, SkipReason } from '../plan/plan.ts';
import { plural } from '../plural.ts';
import { countProblems } from '../problem.ts';
import { quoted, visible } from './visible.ts';

/** First line of every plan without a ledger. */
export const noLedgerLine = 'no ledger: ownership and deletes unknown';

/** What is to be known of a delete before anything else. */
export const cannotBeUndone = 'This cannot be undone.';

/** Which manifests a plan is made from: their commit, where there is one, and a hash of what they hold. */
export function revisionText({ commit, content, history }: Pick<Plan, 'commit' | 'content' | 'history'>): string {
  if (commit === undefined) return `revision ${visible(content)}`;
  return `commit ${commitText(commit)}, content ${visible(content.slice(0, 12))}${historyText(history)}`;
}

/** How the commit stands to the one that was applied last, where it does not follow it. */
export function historyText(history: Plan['history']): string {
  switch (history) {
    case 'rewound':
      return ', earlier than what was applied last';
    case 'unrelated':
    case 'unknown':
      return ', which does not follow what was applied last';
    default:
      return '';
  }
}

/** A commit in one line: its id, and who made what of it. */
export function commitText(commit: KnownCommit): string {
  const id = visible(shortId(commit.id));
  return 'author' in commit ? `${id} by ${visible(describeAuthor(commit))}: ${quoted(commit.subject)}` : id;
}

/** How many of each there are. */
export type Counts<Key extends string> = Readonly<Record<Key, number>>;

/** How many changes of each kind a plan holds, and how many skips for each reason. */
export interface PlanCounts {
  readonly changes: Counts<Change['action']>;
  readonly skips: Counts<SkipReason>;
}

/** Counts the changes and skips of a plan. */
export function countPlan(plan: Plan): PlanCounts {
  const changes = { create: 0, adopt: 0, update: 0, delete: 0 };
  for (const change of plan.changes) changes[change.action] += 1;
  const skips = { ...noSkips };
  for (const skip of plan.skips) skips[skip.reason] += 1;
  return { changes, skips };
}

const noSkips: Counts<SkipReason> = {
  blocked: 0,
  conflict: 0,
  held: 0,
  undecided: 0,
  waiting: 0,
  missing: 0,
  protected: 0,
  paused: 0,
  kept: 0,
  unproven: 0,
  normalized: 0,
  'not-selected': 0,
  unmanaged: 0,
  unchanged: 0,
};

/** Reasons to leave something alone in the order in which people want to read them, with the heading each goes under. */
export const skipHeadings: Readonly<Record<SkipReason, string>> = {
  blocked: 'Blocked by a guard',
  conflict: 'In conflict',
  held: 'Held: the manifest is invalid',
  undecided: 'Undecided: an earlier create may still appear',
  waiting: 'Waiting for approval',
  missing: 'Missing: owned, but not found at Vonage',
  protected: 'Protected',
  paused: 'Paused',
  kept: 'Kept by the policy',
  unproven: 'Written, not confirmed yet',
  normalized: 'Changed by the server',
  'not-selected': 'Not selected',
  unmanaged: 'Unmanaged',
  unchanged: 'Unchanged',
};

/** All reasons, in the order of {@link skipHeadings}. */
export const skipReasons = Object.keys(noSkips).filter((reason): reason is SkipReason => reason in skipHeadings);

/** Reasons that do not keep an account from matching its manifests. */
const matchingReasons: readonly SkipReason[] = ['unchanged', 'unmanaged'];

/** Reasons that want a person to do something. */
export const attentionReasons: readonly SkipReason[] = [
  'blocked',
  'conflict',
  'held',
  'undecided',
  'waiting',
  'missing',
];

/** `Plan: 2 to create, 1 to adopt, 3 to update, 1 to delete; 1 blocked, 12 unchanged.` Refused are changes of a saved plan. */
export function summaryLine(plan: Plan, refused = 0): string {
  const { changes, skips } = countPlan(plan);
  const { errors } = countProblems(plan.problems);
  const counted = skipReasons.filter((reason) => skips[reason] > 0);
  const left = [
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...counted.map((reason) => `${skips[reason]} ${skipWord(reason)}`),
  ];
  if (plan.changes.length === 0) {
    const held = errors === 0 ? left : [`${plural(errors, 'problem')} in the manifests`, ...left];
    if (refused > 0 || errors > 0 || counted.some((reason) => !matchingReasons.includes(reason)))
      return `${noChanges(skips)}: ${held.join(', ')}.`;
    return `No changes. The account matches the manifests.${left.length === 0 ? '' : ` ${left.join(', ')}.`}`;
  }
  const todo = `${changes.create} to create, ${changes.adopt} to adopt, ${changes.update} to update, ${changes.delete} to delete`;
  return `Plan: ${todo}${left.length === 0 ? '' : `; ${left.join(', ')}`}.`;
}

function noChanges({ waiting }: Readonly<Record<SkipReason, number>>): string {
  return waiting === 0 ? 'No changes will be made' : 'No changes will be made without approval';
}

function skipWord(reason: SkipReason): string {
  if (reason === 'conflict') return 'in conflict';
  return reason === 'not-selected' ? 'not selected' : reason;
}

const reasonWords: Readonly<Record<ChangeReason, string>> = {
  new: 'new: no application with this name exists',
  'deleted outside': 'it was deleted outside of vonage-gitops; it gets a new id: linked numbers must be linked again',
  'manifest changed': 'the manifest changed',
  drift: 'drift: changed at Vonage since it was last applied; the manifest did not change',
  'not kept': 'it was written, but the API returns another value: it is written once more',
  renamed: 'the manifest renames it',
  'pinned by id': 'the manifest pins its id',
  'same name': 'it has the name of the manifest',
  'earlier name': 'it has an earlier name of the manifest',
  'manifest removed': 'its manifest was removed',
};

/** Why a change is planned, in words. */
export function explainReason(change: Change): string {
  const words = reasonWords[change.reason];
  if (change.action === 'create') return words;
  if (change.action === 'delete') {
    const { file, removedIn, linkedNumbers } = change;
    const isKnown = change.reason === 'manifest removed' && removedIn !== undefined;
    const why = isKnown ? `its manifest ${visible(file)} was removed in ${commitText(removedIn)}` : words;
    return `${why}; ${linkedWords(linkedNumbers)}`;
  }
  return change.previousName === undefined ? words : `${words}; renamed from ${quoted(change.previousName)}`;
}

function linkedWords(count: number | undefined): string {
  if (count === undefined) return 'linked numbers not checked';
  return count === 0 ? 'no linked numbers' : `cuts off ${plural(count, 'linked number')}`;
}

/** `file:line` of the manifest behind a change; for a delete the file it stood in. */
export function whereOf(change: Change): string {
  return change.action === 'delete' ? change.file : `${change.place.file}:${change.place.line}`;
}
