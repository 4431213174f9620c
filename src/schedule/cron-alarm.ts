import type { Schedule } from '../config/account.ts';
import type { Clock } from '../reconcile/ports.ts';
import { type ZoneOffset, zoneOffset } from './clock-changes.ts';
import { CronTimes } from './cron-times.ts';
import { nextRun } from './next-run.ts';

/** Longest sleep, in milliseconds: so late is it noticed that the clock was set, or that the machine was suspended. */
const longestSleepMs = 60_000;

/** Calls at each time a cron expression names, until it is stopped; once for several that passed while the machine was suspended. */
export class CronAlarm {
  readonly #clock: Clock;
  readonly #times: CronTimes;
  readonly #offset: ZoneOffset;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;

  constructor({ cron, timezone }: Schedule & { kind: 'schedule' }, clock: Clock, call: () => void) {
    this.#clock = clock;
    this.#times = new CronTimes(cron);
    this.#offset = zoneOffset(timezone);
    this.#ended = this.#run(call);
  }

  /** The first time it calls that is not before that time; both in milliseconds since 1970. */
  next(earliest: number): number | undefined {
    return nextRun(this.#times, this.#offset, earliest - 1);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #run(call: () => void): Promise<void> {
    let last = this.#clock.now();
    let due = this.next(last + 1);
    while (due !== undefined && !this.#stopping.signal.aborted) {
      const now = this.#clock.now();
      if (now >= due) {
        call();
        last = now;
        due = this.next(now + 1);
      } else if (last - now > due - last) {
        // Set back by more than one interval, the clock would make the next run too late; by less, it makes no run twice.
        last = now;
        due = this.next(now);
      } else await this.#sleep(Math.min(due - now, longestSleepMs));
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.#clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
