import { shortId } from '../git/commit-info.ts';
import type { DesiredState } from '../manifest/manifest.ts';
import type { AppliedSource, Ledger } from './ledger.ts';

/** What a source's history is told from. */
export interface HistoryFacts {
  readonly desired: Pick<DesiredState, 'source' | 'revision' | 'history'>;
  readonly owned: Pick<Ledger, 'applied'>;
}

/**
 * Whether the manifests are of a commit that does not follow the one applied last, and other ones: what they do not declare was not
 * removed by anybody, it is not there yet, or not any more. Another source is no way back, and neither is a directory, which has no history.
 */
export function isRewound({ desired, owned: { applied } }: HistoryFacts): boolean {
  const { source, revision, history } = desired;
  if (history === undefined || applied?.source !== source) return false;
  return !isOrdinary(history) && applied.content !== revision.content;
}

/** What is recorded as applied once a pass has ended; undefined where that is known, and of a directory. */
export function newlyApplied({ desired, owned: { applied } }: HistoryFacts): AppliedSource | undefined {
  const now = appliedOf(desired);
  const isKnown = applied?.source === now?.source && applied?.content === now?.content;
  if (!isKnown || !isOrdinary(desired.history)) return now;
  // A later commit with the same manifests is no news: whatever follows it follows the recorded one as well. One whose signature counted
  // is: until it is recorded as applied its signer may be taken out.
  return isSigned(desired) && applied?.commit !== now?.commit ? now : undefined;
}

function isSigned({ revision: { commit } }: HistoryFacts['desired']): boolean {
  return commit !== undefined && 'signer' in commit;
}

/** What a pass over these manifests applies; undefined of a directory. */
export function appliedOf({ source, revision }: HistoryFacts['desired']): AppliedSource | undefined {
  const { commit, content } = revision;
  return commit === undefined || !('author' in commit) ? undefined : { source, commit: commit.id, content };
}

/** The member of a ledger or a record; without one where there is nothing to say. */
export function appliedAs(applied: AppliedSource | undefined): { readonly applied?: AppliedSource } {
  return applied === undefined ? {} : { applied };
}

function isOrdinary(history: DesiredState['history']): boolean {
  return history === 'same' || history === 'descendant';
}

/** Why what the manifests do not declare is not deleted, where they are rewound. */
export function describeRewind(facts: HistoryFacts): string | undefined {
  const { applied } = facts.owned;
  if (applied === undefined || !isRewound(facts)) return undefined;
  const now = shortId(facts.desired.revision.id);
  return `commit ${now} does not follow ${shortId(applied.commit)}, which was applied last, so what it does not declare was not removed`;
}
