import type { AccountSpec, ReconcilableAccount, Watching } from '../pass/account.ts';
import type { Log } from '../reconcile/ports.ts';

interface Opened {
  readonly spec: AccountSpec;
  readonly account: ReconcilableAccount;
  readonly watching: Watching;
}

/** The account a loop works on: opened when it is first needed, and again when its configuration changed or it is not trusted. */
export class CurrentAccount {
  readonly #log: Log;
  readonly #onChange: (reason: string) => void;
  #spec: AccountSpec;
  #opened: Opened | undefined;
  #trusted = true;

  /** `onChange` is called when manifests change. */
  constructor(spec: AccountSpec, log: Log, onChange: (reason: string) => void) {
    this.#spec = spec;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** As configured now. */
  get spec(): AccountSpec {
    return this.#spec;
  }

  /** As it is open now; undefined before it was first needed. */
  get account(): ReconcilableAccount | undefined {
    return this.#opened?.account;
  }

  /** From the next `open` on, the account is what this says. */
  replace(spec: AccountSpec): void {
    this.#spec = spec;
  }

  /** An unexpected error may have left anything in memory: the next `open` closes all and reads it from the disk again. */
  distrust(): void {
    this.#trusted = false;
  }

  /** The account as configured now. While a new configuration cannot be opened, what was open before stays. @throws {ReconcilerError} */
  async open(): Promise<ReconcilableAccount> {
    if (!this.#trusted) await this.#discard();
    const before = this.#opened;
    const spec = this.#spec;
    if (before?.spec === spec) return before.account;
    try {
      const next = await this.#openNow(spec);
      await this.#discard();
      this.#opened = next;
      return next.account;
    } catch (error) {
      if (before === undefined) throw error;
      this.#log.error({ err: error }, 'new account configuration cannot be used, keeping the previous one');
      return before.account;
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    try {
      await opened?.watching.close();
    } finally {
      await opened?.account.close();
    }
  }

  /** What cannot be closed well must not keep the account from being opened anew. */
  async #discard(): Promise<void> {
    this.#trusted = true;
    try {
      await this.close();
    } catch (error) {
      this.#log.warn({ err: error }, 'closing account failed');
    }
  }

  async #openNow(spec: AccountSpec): Promise<Opened> {
    const account = await spec.open();
    try {
      return { spec, account, watching: await account.watch(this.#onChange) };
    } catch (error) {
      await account.close();
      throw error;
    }
  }
}
