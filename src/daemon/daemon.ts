import type { AccountSpec, AccountStore } from '../pass/account.ts';
import type { AccountEvent } from '../pass/event.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
import { arePausesOther, logChanges, remindOfPauses } from '../status/log-changes.ts';
import { logPass, PassHistory } from '../status/pass-history.ts';
import { type AccountStatus, startingStatus, statusAfter } from '../status/status.ts';
import { isNews } from '../status/transitions.ts';
import { AccountLoop } from './account-loop.ts';

/** What a daemon works with. */
export interface DaemonOptions {
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: (account: string) => Log;
  readonly store: (account: string) => AccountStore;
  /** Told about every event, with the status before and after it. */
  readonly tell: (event: AccountEvent, before: AccountStatus, after: AccountStatus) => void;
}

/** One account and all that is known about it. */
export interface AccountView {
  readonly name: string;
  readonly spec: AccountSpec;
  readonly loop: AccountLoop;
  readonly store: AccountStore;
  readonly history: PassHistory;
  readonly status: AccountStatus;
  /** When the pass in progress began or the next one is due, on the monotonic clock; undefined while none is. */
  readonly dueAt: number | undefined;
  /** When anything last moved here, on the monotonic clock: a step of the loop, or a response of the API. */
  readonly lastSign: number;
  /** When a request that writes last ended here, on the monotonic clock: reading alone may go on without end. */
  readonly lastWrite: number;
}

interface ManagedAccount {
  readonly name: string;
  readonly loop: AccountLoop;
  readonly store: AccountStore;
  readonly history: PassHistory;
  readonly stop: AbortController;
  spec: AccountSpec;
  status: AccountStatus;
  dueAt: number | undefined;
  lastSign: number;
  lastWrite: number;
  lastReminder: number;
  ended: Promise<void>;
  /** The history is written in order, and before the end. */
  written: Promise<void>;
}

/** All accounts, each with its own loop: one that fails, or is stuck, never stops another. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #managed = new Map<string, ManagedAccount>();
  readonly #leaving = new Set<Promise<void>>();
  #stopping = false;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects with what was thrown outside any pass; the process must end then. */
  readonly broken: Promise<never>;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.broken = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.broken.catch(() => undefined); // whoever runs the daemon waits for it; nobody else must
  }

  /** Ends the daemon with what nobody expected. */
  fail(error: unknown): void {
    this.#fail(error);
  }

  /** Makes the accounts these, now and at each change of the configuration: new ones start, others go on, the rest stops. */
  use(specs: readonly AccountSpec[]): void {
    if (this.#stopping) return;
    const names = new Set(specs.map(({ config }) => config.name));
    for (const managed of this.#managed.values()) if (!names.has(managed.name)) this.#dismiss(managed);
    for (const spec of specs) {
      const managed = this.#managed.get(spec.config.name);
      if (managed === undefined) this.#start(spec);
      else {
        managed.spec = spec;
        managed.loop.replace(spec);
      }
    }
  }

  /** All accounts, in the order in which they were configured. */
  get accounts(): readonly AccountView[] {
    return [...this.#managed.values()];
  }

  /** One account. */
  account(name: string): AccountView | undefined {
    return this.#managed.get(name);
  }

  /** Asks for a pass of one account, or of all. */
  request(reason: string, name?: string): void {
    for (const managed of this.#managed.values())
      if (name === undefined || managed.name === name) managed.loop.request(reason);
  }

  /** Something of this account moved, such as a response of the API. */
  signOfLife(name: string, sign: 'read' | 'write' = 'read'): void {
    const managed = this.#managed.get(name);
    if (managed === undefined) return;
    managed.lastSign = this.#options.clock.monotonic();
    if (sign === 'write') managed.lastWrite = managed.lastSign;
  }

  /** Lets every pass in progress finish and be recorded; no new one begins. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const managed of [...this.#managed.values()]) this.#dismiss(managed);
    await Promise.all(this.#leaving);
  }

  #start(spec: AccountSpec): void {
    const { clock, random } = this.#options;
    const { name } = spec.config;
    const store = this.#options.store(name);
    const log = this.#options.log(name);
    const now = clock.now();
    const tell = (event: AccountEvent) => this.#heard(managed, event);
    const failures = () => managed.status.failures;
    const managed: ManagedAccount = {
      name,
      spec,
      store,
      loop: new AccountLoop({ spec, store, clock, random, log, failures, tell }),
      history: new PassHistory(store.history),
      stop: new AbortController(),
      status: startingStatus(name),
      dueAt: undefined,
      lastSign: clock.monotonic(),
      lastWrite: clock.monotonic(),
      lastReminder: now,
      ended: Promise.resolve(),
      written: Promise.resolve(),
    };
    this.#managed.set(name, managed);
    managed.ended = managed.loop.run(managed.stop.signal).catch((error: unknown) => this.#fail(error));
  }

  #dismiss(managed: ManagedAccount): void {
    this.#managed.delete(managed.name);
    managed.stop.abort(new Error('daemon is stopping'));
    const gone = managed.ended.then(() => {
      this.#remember(managed, managed.history.flush());
      return managed.written;
    });
    this.#leaving.add(gone);
    void gone.finally(() => this.#leaving.delete(gone));
  }

  #heard(managed: ManagedAccount, event: AccountEvent): void {
    const before = managed.status;
    const after = statusAfter(before, event);
    managed.status = after;
    const { clock } = this.#options;
    const { runningSince, nextPass } = after;
    const due = runningSince ?? nextPass;
    managed.lastSign = clock.monotonic();
    managed.dueAt = due === undefined ? undefined : managed.lastSign + Math.max(0, due - clock.now());
    const log = this.#options.log(managed.name);
    if (event.kind === 'began') log.debug({ pass: event.pass, reasons: event.reasons }, 'pass started');
    if (event.kind === 'ended' || event.kind === 'failed') {
      logPass(log, event, isNews(before, after));
      const lastReminder = arePausesOther(before, after) ? 0 : managed.lastReminder;
      managed.lastReminder = remindOfPauses(log, after, lastReminder, event.at);
      this.#remember(managed, managed.history.add(event));
    }
    logChanges(log, event, before, after);
    this.#options.tell(event, before, after);
  }

  /** A history that cannot be written is no reason to stop reconciling: it is said, and the next one is tried. */
  #remember(managed: ManagedAccount, writing: Promise<void>): void {
    const said = writing.catch((error: unknown) => {
      this.#options.log(managed.name).warn({ err: error }, 'history not written');
    });
    managed.written = Promise.all([managed.written, said]).then(() => undefined);
  }
}
