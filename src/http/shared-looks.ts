import type { Application, ApplicationId } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { planToJson } from '../core/render/json.ts';
import { SharedWork } from '../core/shared-work.ts';
import type { AccountView } from '../daemon/daemon.ts';
import type { ReconcilableAccount } from '../pass/account.ts';
import { type Look, lookAt, stillHolds } from '../pass/look.ts';
import { activePauses, type Pauses } from '../pass/pauses.ts';
import { type HttpOptions, HttpRefusal } from './responses.ts';

/** Longest a request takes to be answered, in milliseconds, unless told otherwise. */
export const defaultRequestMs = 120_000;
/** Plans of different accounts that are made at once, for people who ask. */
const mostPlansAtOnce = 2;
/** GETs of single applications at once. */
const mostGetsAtOnce = 2;

/**
 * Looks at accounts on behalf of people: however many ask, one plan of an account is made at a time, and shared. Nobody who goes away
 * takes it from the others.
 */
export class SharedLooks {
  readonly #options: HttpOptions;
  readonly #looks = new SharedWork<Look>(mostPlansAtOnce);
  readonly #gets = new SharedWork<Application | undefined>(mostGetsAtOnce);
  readonly #texts = new WeakMap<Look, string>();

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** @throws {ReconcilerError} also E_ABORTED when it takes too long @throws {HttpRefusal} for an account that is not open */
  look(view: AccountView): Promise<Look> {
    const work = this.timed(async (signal) => lookAt(openAccountOf(view), await this.pausesOf(view), signal));
    const holds = async (look: Look) => {
      const now = { account: view.loop.account, pauses: await this.pausesOf(view) };
      return stillHolds(look, now, this.#signal());
    };
    return this.inTime(this.#looks.ask(view.name, { work, holds }));
  }

  /** As {@link look}, of an account with other manifests than those in effect; who asks must not ask twice at once. @throws {ReconcilerError} */
  lookWith(account: ReconcilableAccount, pauses: Pauses): Promise<Look> {
    const work = this.timed((signal) => lookAt(account, pauses, signal));
    return this.inTime(this.#looks.ask(`${account.config.name} with a commit`, { work, holds: async () => false }));
  }

  /** An application as it is live. @throws {ReconcilerError} also E_ABORTED when it takes too long */
  live({ account }: Look, id: ApplicationId): Promise<Application | undefined> {
    const work = this.timed((signal) => account.ports.api.get(id, signal));
    return this.inTime(this.#gets.ask(`${account.config.name} ${id}`, { work, holds: async () => false }));
  }

  /** The plan as JSON without secrets, made once for all who get it. */
  planText(look: Look): string {
    const known = this.#texts.get(look);
    if (known !== undefined) return known;
    const text = this.#options.scrub(JSON.stringify(planToJson(look.plan, look.account.context)));
    this.#texts.set(look, text);
    return text;
  }

  /** What is paused now. */
  async pausesOf({ store }: AccountView): Promise<Pauses> {
    return activePauses(await store.pauses.load(), this.#options.clock.now());
  }

  /** The work has its own time, whoever waits for it. */
  timed<Result>(work: (signal: AbortSignal) => Promise<Result>): () => Promise<Result> {
    return async () => {
      const signal = this.#signal();
      try {
        return await work(signal);
      } catch (error) {
        if (error instanceof ReconcilerError || error instanceof HttpRefusal || !signal.aborted) throw error;
        throw tookTooLong();
      }
    };
  }

  #signal(): AbortSignal {
    return AbortSignal.timeout(this.#requestMs);
  }

  /** Who waits for the work of another has no longer than for their own. */
  async inTime<Result>(work: Promise<Result>): Promise<Result> {
    let cancel: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(tookTooLong()), this.#requestMs);
      cancel = () => clearTimeout(timer);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      cancel();
    }
  }

  get #requestMs(): number {
    return this.#options.requestMs ?? defaultRequestMs;
  }
}

function tookTooLong(): ReconcilerError {
  return new ReconcilerError('E_ABORTED', { reason: 'it timed out' });
}

/** The account of a view. @throws {HttpRefusal} before it is open */
export function openAccountOf({ name, loop, status }: AccountView): ReconcilableAccount {
  if (loop.account !== undefined) return loop.account;
  if (status.standby !== undefined)
    throw new HttpRefusal(503, 'NOT_OPEN', `account ${name} is on standby here: ask the daemon that has it`);
  throw new HttpRefusal(503, 'NOT_OPEN', `account ${name} is not ready yet: its first pass has not run`);
}
