import { isDeepStrictEqual } from 'node:util';
import { asReconcilerError, ReconcilerError } from '../core/errors.ts';
import type { ObjectId } from '../core/git/object-id.ts';
import type { PlannedCommit } from '../core/git/planned-commit.ts';
import { SharedWork } from '../core/shared-work.ts';
import type { ReconcilableAccount } from '../pass/account.ts';
import type { Look } from '../pass/look.ts';
import type { Pauses } from '../pass/pauses.ts';
import type { CommitToPlan } from './commits.ts';
import { accountOf } from './read-routes.ts';
import { type HttpOptions, HttpRefusal } from './responses.ts';
import { openAccountOf, type SharedLooks } from './shared-looks.ts';

/** Requests of one source that wait for their turn. */
const mostWaiting = 10;
/** When to ask again where there are more, in seconds. */
const retryAfterSeconds = 10;
/** How long a plan is given again to who asks for the same, in milliseconds. */
const rememberedMs = 60_000;

/** What is to be planned. */
export interface CommitRequest {
  readonly source: string;
  readonly commit: ObjectId;
  /** Only this one, also when the commit does not touch it. */
  readonly account: string | undefined;
}

/** What came of an account. */
export type AccountPlan =
  | { readonly account: string; readonly look: Look }
  | { readonly account: string; readonly code: string; readonly message: string };

/** The plans of a commit. */
export interface CommitPlan {
  readonly planned: PlannedCommit;
  /** Of touched accounts, and of one that was named. */
  readonly accounts: readonly AccountPlan[];
  /** Accounts that were not planned, because nothing changes for them. */
  readonly untouched: readonly string[];
}

interface Remembered {
  readonly at: number;
  readonly account: ReconcilableAccount;
  readonly pauses: Pauses;
  readonly look: Look;
}

/**
 * Plans commits for people: of each source one at a time, whoever asks for the same gets the same, and few may wait. Nothing is recorded, and no
 * lock is taken that a pass needs.
 */
export class CommitPlans {
  readonly #options: HttpOptions;
  readonly #looks: SharedLooks;
  readonly #plans = new Map<string, SharedWork<CommitPlan>>();
  readonly #waiting = new Map<string, number>();
  readonly #remembered = new Map<string, Remembered>();

  constructor(options: HttpOptions, looks: SharedLooks) {
    this.#options = options;
    this.#looks = looks;
  }

  /** @throws {HttpRefusal} when too many wait @throws {ReconcilerError} E_COMMIT_NOT_ON_BRANCH, E_SOURCE_*, E_LOCK_HELD, E_ABORTED */
  async plan(request: CommitRequest): Promise<CommitPlan> {
    const { source, commit, account = '' } = request;
    this.#assertOpen(request);
    const waiting = this.#waiting.get(source) ?? 0;
    if (waiting > mostWaiting)
      throw new HttpRefusal(
        429,
        'TOO_MANY_PLANS',
        `${waiting} plans of source ${source} are asked for already`,
        retryAfterSeconds,
      );
    this.#waiting.set(source, waiting + 1);
    try {
      const plans = this.#plans.get(source) ?? new SharedWork(1);
      this.#plans.set(source, plans);
      const work = this.#looks.timed((signal) => this.#make(request, signal));
      return await this.#looks.inTime(plans.ask(`${commit} ${account}`, { work, holds: async () => true }));
    } finally {
      this.#waiting.set(source, (this.#waiting.get(source) ?? 1) - 1);
    }
  }

  /** Where no account could be planned, no server is asked. @throws {HttpRefusal} */
  #assertOpen({ source, account }: CommitRequest): void {
    const { commits, daemon } = this.#options;
    const names = account === undefined ? (commits.accounts().get(source) ?? []) : [account];
    const views = names.flatMap((name) => daemon.account(name) ?? []);
    const [view] = views;
    if (view !== undefined && views.every(({ loop }) => loop.account === undefined)) openAccountOf(view);
  }

  async #make({ source, commit, account }: CommitRequest, signal: AbortSignal): Promise<CommitPlan> {
    const opened = await this.#options.commits.open(source, commit, signal);
    const isWanted = ({ name, isTouched }: CommitToPlan['accounts'][number]) =>
      account === undefined ? isTouched : name === account;
    return {
      planned: opened.planned,
      accounts: await Promise.all(opened.accounts.filter(isWanted).map(({ name }) => this.#planOf(name, opened))),
      untouched: opened.accounts.filter((one) => !isWanted(one) && !one.isTouched).map(({ name }) => name),
    };
  }

  /** One account's trouble is not another's. */
  async #planOf(account: string, opened: CommitToPlan): Promise<AccountPlan> {
    try {
      return { account, look: await this.#look(account, opened) };
    } catch (error) {
      const expected = error instanceof HttpRefusal ? error : asReconcilerError(error);
      if (!(error instanceof HttpRefusal || error instanceof ReconcilerError))
        this.#options.log.error({ account, err: expected }, 'plan failed');
      return { account, code: expected.code, message: expected.message };
    }
  }

  async #look(name: string, opened: CommitToPlan): Promise<Look> {
    const { commit, accepted } = opened.planned;
    const view = accountOf(this.#options, name);
    const account = openAccountOf(view);
    const pauses = await this.#looks.pausesOf(view);
    const key = `${name} ${commit.id} ${accepted.id}`;
    this.#forget();
    const known = this.#remembered.get(key);
    const isSame = known?.account === account && isDeepStrictEqual(known.pauses, pauses);
    if (isSame && (await account.ports.ledger.load()).serial === known.look.plan.serial) return known.look;
    const look = await this.#looks.lookWith(opened.accountWith(account), pauses);
    this.#remembered.set(key, { at: this.#options.clock.now(), account, pauses, look });
    return look;
  }

  #forget(): void {
    const oldest = this.#options.clock.now() - rememberedMs;
    for (const [key, { at }] of this.#remembered) if (at < oldest) this.#remembered.delete(key);
  }
}
