import type { ObjectId } from './object-id.ts';

/** A commit as people know it. Author and subject are free text: nothing is decided by them. */
export interface CommitInfo {
  /** In full. */
  readonly id: ObjectId;
  readonly author: string;
  /** Whose key signed it, where that was verified. */
  readonly signer?: string;
  /** One line, of at most 100 characters. */
  readonly subject: string;
  /** When it was committed, in milliseconds since 1970; as its committer says. */
  readonly at: number;
}

/** A commit as far as it is known: of a work tree, only which one was checked out. */
export type KnownCommit = CommitInfo | { readonly id: string };

/**
 * How a commit stands to an earlier one. `rewound`: the later one is an ancestor of the earlier. `unrelated`: neither is an ancestor of the
 * other. `unknown`: the earlier one is not there any more, or there is none.
 */
export type History = 'same' | 'descendant' | 'rewound' | 'unrelated' | 'unknown';

/** As much of a commit's id as people need. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** Who made a commit, for people: an author is whoever the commit says. */
export function describeAuthor({ author, signer }: Pick<CommitInfo, 'author' | 'signer'>): string {
  return signer ?? `${author} (unverified)`;
}
