import { quoted } from '../render/visible.ts';
import { type CommitInfo, shortId } from './commit-info.ts';

/**
 * How a commit that is planned came together with the accepted one. `none`: it holds the accepted one already, and is planned itself. `clean`:
 * their merge is planned. After `conflict` and `no-common-ancestor` the commit itself is planned, and is not up to date.
 */
export const mergeResults = ['none', 'clean', 'conflict', 'no-common-ancestor'] as const;

/** See {@link mergeResults}. */
type MergeResult = (typeof mergeResults)[number];

/** What came of its signature. `not-asked`: the source asks for none; `tags-only`: it asks for those of tags. */
type PlannedVerdict = 'verified' | 'not-asked' | 'tags-only' | 'unsigned' | 'unknown-signer' | 'bad-signature';

/** A commit that somebody wants to see planned: it was not accepted. */
export interface PlannedCommit {
  /** Of the source, in the configuration. */
  readonly source: string;
  /** With its signer where that was verified. */
  readonly commit: CommitInfo;
  /** What passes read. */
  readonly accepted: CommitInfo;
  readonly merge: MergeResult;
  readonly verdict: PlannedVerdict;
  /** The key that signed it, as far as it is known. */
  readonly key?: string | undefined;
  /** The stored history ends somewhere. */
  readonly isShallow: boolean;
}

/** Whether what is planned holds all of the accepted commit. */
export function isUpToDate({ merge }: Pick<PlannedCommit, 'merge'>): boolean {
  return merge === 'none' || merge === 'clean';
}

/** What to know before reading plans of a commit; that it is not verified comes first. */
export function plannedCommitNotices(planned: PlannedCommit): readonly string[] {
  return [verdictNotice(planned), mergeNotice(planned)].flatMap((notice) => notice ?? []);
}

function verdictNotice({ source, verdict, key = '' }: PlannedCommit): string | undefined {
  const by = key === '' ? '' : ` (key ${key})`;
  switch (verdict) {
    case 'verified':
      return undefined;
    case 'not-asked':
      return `not verified: source ${quoted(source)} asks for no signatures`;
    case 'tags-only':
      return `not verified: source ${quoted(source)} asks for signed tags, and this is a commit`;
    case 'unsigned':
      return `not verified: the commit is not signed, and source ${quoted(source)} would refuse it as it is`;
    case 'unknown-signer':
      return `not verified: it is signed by a key that verify of source ${quoted(source)} does not have${by}`;
    case 'bad-signature':
      return `not verified: its signature does not match its content${by}. Find out who pushed it`;
  }
}

function mergeNotice({ merge, accepted, isShallow, source }: PlannedCommit): string | undefined {
  const other = shortId(accepted.id);
  const undone = 'The plan is of the commit itself, so it seems to undo what was merged since';
  switch (merge) {
    case 'none':
      return undefined;
    case 'clean':
      return `planned as merged with the accepted commit ${other}`;
    case 'conflict':
      return `not up to date: it conflicts with the accepted commit ${other}. ${undone}. Merge ${other} into it`;
    case 'no-common-ancestor': {
      const why = isShallow
        ? `no common ancestor with the accepted commit ${other} is stored, because source ${quoted(source)} has history: shallow. Rebase it onto ${other}, or set history: full`
        : `it has no common ancestor with the accepted commit ${other}`;
      return `not up to date: ${why}. ${undone}`;
    }
  }
}
