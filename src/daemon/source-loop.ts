import { ReconcilerError } from '../core/errors.ts';
import {
  isReached,
  type SourceCheck,
  type SourceNews,
  type SourceStatus,
  sourceNews,
  sourceStatusAfter,
} from '../core/git/source-status.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
import { intervalMs, retryMs } from '../schedule/schedule.ts';
import { PassTrigger } from './pass-trigger.ts';
import { Timer } from './timer.ts';

/** A git source that is followed. */
interface SourceSpec {
  readonly name: string;
  /** What the repository is called, such as `git.example.com/acme/voice`. */
  readonly repository: string;
  /** What is followed, such as `branch main`. */
  readonly ref: string;
  readonly intervalSeconds: number;
  readonly jitterPercent: number;
  /** How long a server may be away before it is told. */
  readonly staleAfterMs: number;
  /** Asks the server, fetches what is new, and accepts or refuses it. @throws {ReconcilerError} E_ABORTED */
  check(signal: AbortSignal): Promise<SourceCheck>;
}

/** What following needs. */
export interface SourceLoopOptions {
  readonly spec: SourceSpec;
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Whether any of its accounts is reconciled here: a daemon on standby does not fetch. */
  readonly isNeeded: () => boolean;
  /** Told after each check. */
  readonly tell: (status: SourceStatus, news: SourceNews | undefined) => void;
  /** Of the loop that followed the same before a new configuration: nothing is told twice. */
  readonly known?: KnownSource | undefined;
}

/** What a loop knows of its source, and has told last. */
export interface KnownSource {
  readonly status: SourceStatus | undefined;
  readonly told: SourceNews | undefined;
}

/** Shortest time from one check to the next, in milliseconds, however many are requested. */
const leastGapMs = 5_000;

/**
 * Follows one git source: asks its server at each interval and on request. Passes read what was accepted, and never wait for a server.
 */
export class SourceLoop {
  readonly #options: SourceLoopOptions;
  readonly #trigger = new PassTrigger();
  readonly #timer: Timer;
  readonly #listeners = new Set<() => void>();
  #waiters: (() => void)[] = [];
  #failures = 0;
  #isResting = false;
  #status: SourceStatus | undefined;
  #told: SourceNews | undefined;
  #tellFirst: () => void = () => undefined;
  /** Resolves when the server was asked for the first time, whatever came of it. */
  readonly first = new Promise<void>((resolve) => {
    this.#tellFirst = resolve;
  });

  constructor(options: SourceLoopOptions) {
    this.#options = options;
    this.#timer = new Timer(options.clock);
    this.#status = options.known?.status;
    this.#told = options.known?.told;
  }

  /** As of the last check; undefined before the first one. */
  get status(): SourceStatus | undefined {
    return this.#status;
  }

  /** For the loop that takes over. */
  get known(): KnownSource {
    return { status: this.#status, told: this.#told };
  }

  /** Asks the server soon, and resolves when a check ended that began after now; at once where nobody needs the source. */
  checkAfterNow(): Promise<void> {
    if (!this.#options.isNeeded()) return Promise.resolve();
    const checked = new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#trigger.request('request');
    return checked;
  }

  /** Asks the server soon, however often this is called, if somebody needs the source; nothing is kept of a call. */
  checkSoon(): void {
    if (this.#options.isNeeded()) this.#trigger.request('request');
  }

  /** Asks the server soon if that was left out because nobody needed it. */
  wake(): void {
    if (this.#isResting) this.#trigger.request('needed');
  }

  /** Calls when another commit is accepted, until it is closed. */
  onAccepted(call: () => void): { close(): void } {
    this.#listeners.add(call);
    return { close: () => void this.#listeners.delete(call) };
  }

  /** Runs until the signal aborts. Rejects only with what nobody expected. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      while (!signal.aborted) {
        const began = clock.monotonic();
        this.#isResting = !this.#options.isNeeded();
        const waiting = this.#waiters.length;
        if (!this.#isResting) await this.#check(signal);
        for (const checked of this.#waiters.splice(0, waiting)) checked();
        this.#timer.set(this.#delayMs(), () => this.#trigger.request('interval'));
        if ((await this.#trigger.wait(signal)) === undefined) return;
        if (!this.#isResting) await this.#keepDistance(began, signal);
      }
    } finally {
      this.#timer.cancel();
      this.#tellFirst();
      for (const checked of this.#waiters.splice(0)) checked();
    }
  }

  async #keepDistance(began: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const left = began + leastGapMs - clock.monotonic();
    if (left > 0) await clock.sleep(left, signal).catch(() => undefined); // aborted: the loop ends
  }

  #delayMs(): number {
    const { spec, random } = this.#options;
    if (this.#failures > 0) return Math.max(retryMs(this.#failures, random()), leastGapMs);
    return intervalMs({ kind: 'interval', seconds: spec.intervalSeconds, jitterPercent: spec.jitterPercent }, random());
  }

  async #check(signal: AbortSignal): Promise<void> {
    try {
      this.#heard(await this.#options.spec.check(signal));
    } catch (error) {
      if (!(error instanceof ReconcilerError) || !signal.aborted) throw error;
    }
  }

  #heard(check: SourceCheck): void {
    const { spec, clock, log, tell } = this.#options;
    const before = this.#status;
    const after = sourceStatusAfter(
      before,
      check,
      { name: spec.name, repository: spec.repository, ref: spec.ref },
      clock.now(),
    );
    this.#status = after;
    this.#failures = isReached(check.state) ? 0 : this.#failures + 1;
    // A command beside this daemon may have accepted the commit before: it is news here all the same.
    const isNews = check.isNews || (before?.accepted !== undefined && before.accepted.id !== after.accepted?.id);
    logCheck(log, { ...check, isNews }, before, after);
    const news = sourceNews(this.#told, before, after, spec.staleAfterMs);
    this.#told = news ?? this.#told;
    tell(after, news);
    this.#tellFirst();
    if (isNews) for (const call of this.#listeners) call();
  }
}

function logCheck(
  log: Log,
  { isNews, said, message }: SourceCheck,
  before: SourceStatus | undefined,
  after: SourceStatus,
): void {
  const { name: source, state, refusal, accepted, tip } = after;
  const fields = { source, state, ...(refusal === undefined ? {} : { refusal }), accepted: accepted?.id };
  if (isNews)
    log.info(
      { ...fields, author: accepted?.author, signer: accepted?.signer, subject: accepted?.subject },
      'commit accepted',
    );
  const isSame = before?.since === after.since;
  if (state === 'ok') {
    if (before !== undefined && before.state !== 'ok') log.info(fields, 'source recovered');
    return;
  }
  const problem = { ...fields, tip: tip?.id, problem: message, ...(said === '' ? {} : { said }) };
  if (isSame) log.debug(problem, 'source still has a problem');
  else log.warn(problem, 'source has a problem');
}
