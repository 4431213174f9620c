import { asReconcilerError, ReconcilerError } from '../core/errors.ts';
import { settleMsOf } from '../core/plan/absence.ts';
import type { FoundCreate } from '../core/plan/report.ts';
import { joinSignals } from '../core/signals.ts';
import type { AccountSpec, HeldLock, ReconcilableAccount } from '../pass/account.ts';
import type { AccountEvent, PassAnswer, PassEnded, PassFailed } from '../pass/event.ts';
import { hasUndecided, runPass } from '../pass/pass.ts';
import { PauseGate } from '../pass/pause-gate.ts';
import { noPauses, type Pauses } from '../pass/pauses.ts';
import { retryMs } from '../schedule/schedule.ts';
import { ScheduleKeeper } from '../schedule/schedule-keeper.ts';
import { CurrentAccount } from './current-account.ts';
import { isHeld } from './is-held.ts';
import type { LoopOptions } from './loop-options.ts';
import { PassTrigger } from './pass-trigger.ts';
import { Timer } from './timer.ts';

/** Why a pass, or the attempt to get the lock for passes, came to nothing. */
interface Failure {
  readonly error: ReconcilerError;
  readonly pass: number;
  readonly reasons: readonly string[];
  readonly startedAt: number;
  readonly pauses?: Pauses;
  readonly found?: readonly FoundCreate[];
}

/**
 * Makes passes over one account for as long as its daemon's lock is ours: one at a time, when one is requested. The schedule,
 * changed files and people request passes, and so does the loop itself after a failure, later each time. Without the lock it waits.
 * Whatever a pass throws fails that pass; after what nobody expected, the account is opened anew for the next one.
 */
export class AccountLoop {
  readonly #options: LoopOptions;
  /** Holds changes back that are paused while a pass is in progress. */
  readonly pauses: PauseGate;
  readonly #trigger = new PassTrigger();
  readonly #timer: Timer;
  readonly #current: CurrentAccount;
  readonly #schedule: ScheduleKeeper;
  #waiters: ((answer: PassAnswer) => void)[] = [];
  #passes = 0;
  /** On the monotonic clock. */
  #circuitOpenUntil = 0;
  #settles = false;
  #leading = false;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.pauses = new PauseGate({ ...options, store: options.store.pauses });
    this.#current = new CurrentAccount(options.spec, options.log, (reason) => this.request(reason));
    this.#timer = new Timer(options.clock);
    const onSchedule = () => this.request('schedule');
    this.#schedule = new ScheduleKeeper({ ...options, onSchedule });
  }

  /** Asks for a pass. */
  request(reason: string): void {
    this.#trigger.request(reason);
  }

  /** Whether this daemon, and no other one, reconciles the account. */
  get isLeading(): boolean {
    return this.#leading;
  }

  /** Asks for a pass and answers with the one that began after now. */
  passAfterNow(reason: string): Promise<PassAnswer> {
    if (!this.#leading) return Promise.resolve(undefined);
    const answer = new Promise<PassAnswer>((resolve) => this.#waiters.push(resolve));
    this.request(reason);
    return answer;
  }

  /** From the next pass on, the account is what this says. */
  replace(spec: AccountSpec): void {
    this.#current.replace(spec);
    this.request('configuration');
  }

  /** The account as it is open now; undefined before the first pass. */
  get account(): ReconcilableAccount | undefined {
    return this.#current.account;
  }

  /** Runs until the signal aborts; the pass in progress is finished. Rejects only with what is thrown outside any pass. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const lock = await this.#awaitLeadership(signal);
        if (lock === undefined) return;
        try {
          await this.#lead(lock, signal);
        } finally {
          await lock.release();
        }
        if (lock.lost.aborted) await this.#forget(lock.lost.reason);
      }
    } finally {
      await this.#current.close();
      this.#answer(this.#waiters.splice(0), undefined);
      this.#tell({ kind: 'stopped', at: this.#now() });
    }
  }

  /** Waits for the daemon's lock, however long another daemon has it; undefined when the signal aborts. */
  async #awaitLeadership(signal: AbortSignal): Promise<HeldLock | undefined> {
    const onWait = (owner: string) => {
      this.#options.log.info({ owner }, 'standby: another daemon is active');
      this.#tell({ kind: 'standing-by', at: this.#now(), owner });
    };
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        return await this.#options.store.lead(signal, onWait);
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#failed({
          error: asReconcilerError(error),
          pass: this.#passes,
          reasons: ['lock'],
          startedAt: this.#now(),
        });
        await this.#sleep(retryMs(failures, this.#options.random()), signal);
      }
    }
    return undefined;
  }

  /** What another daemon, or another directory, holds now need not be what is remembered here: all of it is read again. */
  async #forget(reason: unknown): Promise<void> {
    await this.#current.close();
    const moved = reason instanceof ReconcilerError && reason.details.moved === true;
    if (moved) this.#failed({ error: reason, pass: this.#passes, reasons: ['lock'], startedAt: this.#now() });
  }

  async #lead(lock: HeldLock, signal: AbortSignal): Promise<void> {
    const { signal: stop, release } = joinSignals(signal, lock.lost);
    this.#leading = true;
    this.#tell({ kind: 'leading', at: this.#now() });
    this.request('start');
    try {
      for (;;) {
        const reasons = await this.#nextDue(stop);
        if (reasons === undefined || !(await isHeld(lock))) return;
        await this.#pass(reasons, stop);
      }
    } finally {
      this.#leading = false;
      this.#answer(this.#waiters.splice(0), undefined);
      this.#timer.cancel();
      await this.#schedule.stop();
      release();
      if (lock.lost.aborted && !signal.aborted) this.#options.log.error({}, 'daemon lock lost');
    }
  }

  async #nextDue(stop: AbortSignal): Promise<readonly string[] | undefined> {
    const { intervalMs, tooFast } = await this.#schedule.nextDelay(this.#current.spec.config.schedule);
    const delay = this.#delay(intervalMs);
    const until = delay === undefined ? this.#schedule.nextDue() : this.#now() + delay.ms;
    if (delay !== undefined) this.#timer.set(delay.ms, () => this.request(delay.reason));
    this.#tell({ kind: 'waiting', at: this.#now(), until, tooFast });
    const reasons = await this.#trigger.wait(stop);
    this.#timer.cancel();
    this.#schedule.passBegins();
    return reasons;
  }

  /** When the next pass comes by itself; undefined when the cron expression fires. */
  #delay(own: number | undefined): { readonly ms: number; readonly reason: string } | undefined {
    if (this.#options.failures() > 0) return { ms: this.#retryMs(), reason: 'retry' };
    const settleMs = settleMsOf(this.#current.spec.config.policy) + 100;
    if (this.#settles && (own === undefined || settleMs < own)) return { ms: settleMs, reason: 'settle' };
    return own === undefined ? undefined : { ms: own, reason: 'interval' };
  }

  /** While the client sends nothing, a pass is bound to fail; when it sends again, one should try at once. */
  #retryMs(): number {
    const random = this.#options.random();
    const left = this.#circuitOpenUntil - this.#options.clock.monotonic();
    return left > 0 ? Math.round(left + 1_000 * random) : retryMs(this.#options.failures(), random);
  }

  async #pass(reasons: readonly string[], stop: AbortSignal): Promise<void> {
    const waiters = this.#waiters.splice(0);
    const startedAt = this.#now();
    this.#passes += 1;
    const pass = this.#passes;
    this.#tell({ kind: 'began', at: startedAt, pass, reasons });
    let pauses = noPauses;
    const found: FoundCreate[] = [];
    try {
      pauses = await this.pauses.current();
      const { approvals } = this.#options.store;
      const told = { pauses, gate: this.pauses, approvals, onFound: (create: FoundCreate) => found.push(create) };
      const end = await runPass(await this.#current.open(), told, stop);
      const at = this.#now();
      const ended = this.#ended({ kind: 'ended', at, pass, reasons, found, durationMs: at - startedAt, end });
      this.#answer(waiters, ended);
    } catch (error) {
      const failed = { error: asReconcilerError(error), pass, reasons, startedAt, pauses, found };
      const unexpected = failed.error !== error && !(stop.aborted && error === stop.reason);
      if (unexpected) this.#current.distrust();
      if (unexpected && stop.aborted)
        this.#options.log.error({ pass, err: failed.error }, 'pass failed during shutdown');
      this.#answer(waiters, stop.aborted ? undefined : this.#failed(failed));
    }
  }

  #ended(ended: PassEnded): PassEnded {
    const { end } = ended;
    // A paused account is only looked at: nobody records its looks, and looking sooner decides nothing.
    this.#settles = end.mode === 'apply' && hasUndecided(end);
    const { tookMs } = end.plan.listing;
    if (tookMs !== undefined) this.#schedule.noteListing(tookMs);
    this.#tell(ended);
    return ended;
  }

  #failed({ error, pass, reasons, startedAt, pauses = noPauses, found = [] }: Failure): PassFailed {
    const at = this.#now();
    const { pauseSeconds } = error.details;
    this.#circuitOpenUntil =
      typeof pauseSeconds === 'number' ? this.#options.clock.monotonic() + pauseSeconds * 1_000 : 0;
    const durationMs = at - startedAt;
    const failed: PassFailed = { kind: 'failed', at, pass, reasons, found, durationMs, error, pauses };
    this.#tell(failed);
    return failed;
  }

  #answer(waiters: readonly ((answer: PassAnswer) => void)[], answer: PassAnswer): void {
    for (const waiter of waiters) waiter(answer);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #tell(event: AccountEvent): void {
    this.#options.tell(event);
  }
}
