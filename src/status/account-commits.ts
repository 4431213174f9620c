import { parseObjectId } from '../core/git/object-id.ts';
import { type AppliedCounts, countApplied } from '../core/render/report.ts';
import type { AccountEvent, PassEnded, PassFailed } from '../pass/event.ts';
import { begun, type CommitVerdict, verdictOfFailure, verdictOfPass, verdictOfSame } from './commit-verdict.ts';

/** What is to be said of a commit. */
export interface SaidOfCommit {
  /** Full id. */
  readonly commit: string;
  readonly verdict: CommitVerdict;
}

interface Current extends SaidOfCommit {
  readonly passes: number;
  readonly applied: AppliedCounts;
}

/** What came of the commits that one account takes its manifests from. */
export class AccountCommits {
  readonly #account: string;
  #current: Current | undefined;
  #isRunning = false;
  /** A commit with the manifests of the one before, which came while a pass was in progress. */
  #same: string | undefined;

  constructor(account: string) {
    this.#account = account;
  }

  /** What an event says; `failures` is how many passes failed in a row, `accepted` the commit that a pass reads. */
  heard(event: AccountEvent, failures: number, accepted: string | undefined): readonly SaidOfCommit[] {
    switch (event.kind) {
      case 'began':
        this.#isRunning = true;
        return this.#began(accepted);
      case 'ended':
        return this.#over(this.#ended(event, failures));
      case 'failed':
        return this.#over(this.#failed(event, failures, accepted));
      default:
        return [];
    }
  }

  /** What is said of an accepted commit for which no pass is made, because its manifests are those of the one before. */
  heardOfSame(accepted: string): readonly SaidOfCommit[] {
    if (this.#isRunning) this.#same = accepted;
    if (this.#isRunning || this.#current === undefined) return [];
    const verdict = verdictOfSame(this.#current.verdict, this.#account);
    return this.#say({ ...this.#current, commit: accepted, verdict });
  }

  #began(accepted: string | undefined): readonly SaidOfCommit[] {
    if (accepted === undefined || accepted === this.#current?.commit) return [];
    return this.#say({ commit: accepted, verdict: begun, passes: 0, applied: countApplied([]) });
  }

  #ended(event: PassEnded, failures: number): readonly SaidOfCommit[] {
    const { plan, results } = event.end;
    const commit = plan.unread?.id ?? parseObjectId(plan.revision);
    if (commit === undefined) return [];
    const before = this.#current?.commit === commit ? this.#current : undefined;
    const applied = countApplied(results, before?.applied);
    const passes = (before?.passes ?? 0) + 1;
    const known = { account: this.#account, failures, applied, isFirst: passes === 1 };
    return this.#say({ commit, verdict: verdictOfPass(event, known), passes, applied });
  }

  #failed(event: PassFailed, failures: number, accepted: string | undefined): readonly SaidOfCommit[] {
    const verdict = verdictOfFailure(event, failures);
    if (accepted === undefined || verdict === undefined) return [];
    const before = this.#current?.commit === accepted ? this.#current : undefined;
    const applied = before?.applied ?? countApplied([]);
    return this.#say({ commit: accepted, verdict, passes: (before?.passes ?? 0) + 1, applied });
  }

  /** A commit that came meanwhile has the verdict of the pass, unless the pass has read it already. */
  #over(said: readonly SaidOfCommit[]): readonly SaidOfCommit[] {
    this.#isRunning = false;
    const same = this.#same;
    this.#same = undefined;
    return same === undefined || same === this.#current?.commit ? said : [...said, ...this.heardOfSame(same)];
  }

  #say(current: Current): readonly SaidOfCommit[] {
    this.#current = current;
    return [{ commit: current.commit, verdict: current.verdict }];
  }
}
