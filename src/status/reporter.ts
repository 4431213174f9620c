import { shortId } from '../core/git/commit-info.ts';
import type { SourceStatus } from '../core/git/source-status.ts';
import type { AccountEvent } from '../pass/event.ts';
import { AccountCommits, type SaidOfCommit } from './account-commits.ts';
import { supersededBy, verdictOfRefusal, verdictOfSource } from './commit-verdict.ts';
import { type CommitReport, ReportOutbox, type ReportOutboxOptions, type ReportTarget } from './report-outbox.ts';
import type { AccountStatus } from './status.ts';

/** Most accounts of a source that each have a status of their own, whatever comes of them: forges limit how many are set in a minute. */
const mostContexts = 20;
/** Most accounts of a larger source that have one because something is wrong. */
const mostTroubled = 5;

/**
 * Reports what came of commits to the forges that they are from. A pass never waits for it. Only the daemon that reconciles an account
 * reports of it. Only what is different is sent, and what succeeded is not taken back.
 */
export class Reporter {
  readonly #targets: () => readonly ReportTarget[];
  readonly #outbox: ReportOutbox;
  readonly #commits = new Map<string, AccountCommits>();
  readonly #verdicts = new Map<string, SaidOfCommit>();
  readonly #leading = new Set<string>();
  /** By source. */
  readonly #accepted = new Map<string, string>();
  /** What was sent is read from the disk before anything is said. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ReportOutboxOptions) {
    this.#targets = options.targets;
    this.#outbox = new ReportOutbox(options);
  }

  /** Says what an event of an account comes to. */
  tell(event: AccountEvent, { account, failures }: Pick<AccountStatus, 'account' | 'failures'>): void {
    if (event.kind === 'standing-by' || event.kind === 'stopped') this.#leading.delete(account);
    const source = this.#sourceOf(account);
    if (event.kind === 'leading') {
      this.#leading.add(account);
      if (source !== undefined) this.#inTurn(() => this.#outbox.reload()); // another daemon may have reported meanwhile
    }
    if (source === undefined || !this.#leading.has(account)) return;
    this.#say(account, this.#commitsOf(account).heard(event, failures, this.#accepted.get(source)));
  }

  /** Says what a check of a source comes to: a commit that is refused. */
  tellSource({ name, state, refusal, accepted, tip }: SourceStatus): void {
    if (accepted !== undefined) this.#accepted.set(name, accepted.id);
    if (state !== 'refused' || tip === undefined) return;
    const said = { commit: tip.id, verdict: verdictOfRefusal(refusal) };
    this.#inTurn(() => {
      for (const target of this.#targetsOf(name)) {
        const reported = target.accounts.filter((account) => this.#leading.has(account));
        const isOne = isLarge(target) && reported.length > 0;
        for (const one of isOne ? [target.source] : reported) this.#want(reportOf(target, said, one), said);
      }
    });
  }

  /** Says that the accepted commit of an account's source has the manifests of the one before. */
  tellSame(account: string): void {
    const accepted = this.#accepted.get(this.#sourceOf(account) ?? '');
    if (accepted === undefined || !this.#leading.has(account)) return;
    this.#say(account, this.#commitsOf(account).heardOfSame(accepted));
  }

  /** What is wrong with the reports of a source; undefined when they are taken. */
  problemOf(source: string): string | undefined {
    return this.#outbox.problemOf(this.#targetsOf(source));
  }

  /** With another configuration, what was given up may be taken, and sources may be others. */
  reload(): void {
    this.#accepted.clear();
    if (this.#targets().length > 0) this.#inTurn(() => this.#outbox.reload());
  }

  /** Gives what is queued that much time, in milliseconds, then stops. */
  async close(graceMs: number): Promise<void> {
    await this.#turn;
    await this.#outbox.close(graceMs);
  }

  #inTurn(work: () => void | Promise<void>): void {
    this.#turn = this.#turn.then(work);
  }

  #targetsOf(source: string): readonly ReportTarget[] {
    return this.#targets().filter((target) => target.source === source);
  }

  #sourceOf(account: string): string | undefined {
    return this.#targets().find(({ accounts }) => accounts.includes(account))?.source;
  }

  #commitsOf(account: string): AccountCommits {
    const known = this.#commits.get(account) ?? new AccountCommits(account);
    this.#commits.set(account, known);
    return known;
  }

  #say(account: string, all: readonly SaidOfCommit[]): void {
    if (all.length === 0) return;
    this.#inTurn(() => {
      for (const said of all) {
        this.#verdicts.set(account, said);
        for (const target of this.#targetsOf(this.#sourceOf(account) ?? '')) {
          if (isLarge(target)) this.#sayOfMany(target, said, account);
          else this.#sayOf(target, said, account);
        }
      }
    });
  }

  #sayOf(target: ReportTarget, said: SaidOfCommit, name: string): void {
    const report = reportOf(target, said, name);
    this.#supersede(target, report);
    this.#want(report, said);
  }

  #sayOfMany(target: ReportTarget, said: SaidOfCommit, account: string): void {
    const { commit } = said;
    const verdictIn = (name: string) => {
      const last = this.#verdicts.get(name);
      return last?.commit === commit ? last.verdict : undefined;
    };
    this.#sayOf(target, { commit, verdict: verdictOfSource(target.accounts, verdictIn) }, target.source);
    const own = reportOf(target, said, account);
    this.#supersede(target, own);
    const isTold = this.#outbox.last(own) !== undefined;
    const isTroubled = said.verdict.state === 'failure' || said.verdict.state === 'error';
    if (account !== target.source && (isTold || (isTroubled && this.#troubled(target, commit) < mostTroubled)))
      this.#want(own, said);
  }

  #troubled(target: ReportTarget, commit: string): number {
    const together = contextOf(target, target.source);
    return this.#outbox.allTo(target).filter((one) => one.commit === commit && one.context !== together).length;
  }

  #want(report: CommitReport, { verdict }: SaidOfCommit): void {
    const last = this.#outbox.last(report);
    const isOver = last?.state === 'success' || last?.isClosed === true;
    const isSame = last?.state === report.state && last.description === report.description;
    const isLate = last !== undefined && verdict.isOpening === true;
    if (!isOver && !isSame && !isLate) this.#outbox.add(report);
  }

  /** What is still open of other commits will not be decided any more. */
  #supersede(target: ReportTarget, { commit, context }: CommitReport): void {
    const { state, description } = supersededBy(shortId(commit));
    for (const one of this.#outbox.allTo(target)) {
      const isOther = one.context === context && one.commit !== commit;
      if (isOther && one.state === 'pending' && one.isClosed !== true) this.#outbox.add({ ...one, state, description });
    }
  }
}

function isLarge({ accounts }: ReportTarget): boolean {
  return accounts.length > mostContexts;
}

function contextOf({ context }: ReportTarget, name: string): string {
  return `${context}/${name}`;
}

function reportOf(target: ReportTarget, { commit, verdict }: SaidOfCommit, name: string): CommitReport {
  const { state, description } = verdict;
  return { to: target.id, commit, context: contextOf(target, name), state, description };
}
