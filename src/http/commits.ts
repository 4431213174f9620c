import type { ObjectId } from '../core/git/object-id.ts';
import type { PlannedCommit } from '../core/git/planned-commit.ts';
import type { ReconcilableAccount } from '../pass/account.ts';

/** Commits of git sources, to be planned. */
export interface Commits {
  /** The accounts of each source, as configured now. */
  accounts(): ReadonlyMap<string, readonly string[]>;
  /**
   * Looks for a commit, at the server if need be.
   * @throws {ReconcilerError} E_COMMIT_NOT_ON_BRANCH, E_SOURCE_*, E_LOCK_HELD, E_ABORTED
   */
  open(source: string, commit: ObjectId, signal: AbortSignal): Promise<CommitToPlan>;
}

/** A commit of a source, merged with what its accounts have in effect. */
export interface CommitToPlan {
  readonly planned: PlannedCommit;
  /** In the order of the configuration. */
  readonly accounts: readonly {
    readonly name: string;
    /** Whether its manifests are others than in the accepted commit. */
    readonly isTouched: boolean;
  }[];
  /** An open account of the source, as it would be with the commit. @throws {RangeError} for one that is not of the source */
  accountWith(account: ReconcilableAccount): ReconcilableAccount;
}
