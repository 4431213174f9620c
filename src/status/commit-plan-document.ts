import { isUpToDate, type PlannedCommit, plannedCommitNotices } from '../core/git/planned-commit.ts';
import { commitDocument } from '../core/render/json.ts';
import type { CommitPlanDocument } from './commit-plan-schema.ts';

/** The plans of a commit as a document. */
export function commitPlanDocument(
  planned: PlannedCommit,
  { at, ...of }: Pick<CommitPlanDocument, 'plans' | 'errors' | 'untouched'> & { readonly at: number },
): CommitPlanDocument {
  const { source, commit, accepted, merge, verdict } = planned;
  return {
    format: 'vonage-gitops.commit-plan/1',
    at: new Date(at).toISOString(),
    source,
    commit: commitDocument(commit),
    accepted: commitDocument(accepted),
    merge,
    upToDate: isUpToDate(planned),
    verified: verdict === 'verified',
    notices: [...plannedCommitNotices(planned)],
    ...of,
  };
}
