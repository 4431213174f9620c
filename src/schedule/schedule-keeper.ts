import { isDeepStrictEqual } from 'node:util';
import type { Schedule } from '../config/account.ts';
import type { Clock } from '../reconcile/ports.ts';
import { CronAlarm } from './cron-alarm.ts';
import { intervalMs } from './schedule.ts';
import { decidingListings, type TooFastSchedule, tooFastSchedule } from './too-fast.ts';

/** What the keeper of a schedule works with. */
export interface ScheduleKeeperOptions {
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  /** Called when the schedule asks for a pass. */
  readonly onSchedule: () => void;
}

/** How long it is until the schedule asks for the next pass. */
export interface NextDelay {
  /** Time of the interval, in milliseconds; undefined when a cron expression fires. */
  readonly intervalMs: number | undefined;
  /** Set while the schedule is too frequent. */
  readonly tooFast: TooFastSchedule | undefined;
}

/** Keeps the schedule of one account, as far as listings can keep up with it. */
export class ScheduleKeeper {
  readonly #options: ScheduleKeeperOptions;
  #listingsMs: readonly number[] = [];
  #tooFast: TooFastSchedule | undefined;
  /** While the schedule is too frequent, what it asks for before this time is left out; on the monotonic clock. */
  #restsUntil = 0;
  #cron: { readonly schedule: Schedule; readonly alarm: CronAlarm } | undefined;

  constructor(options: ScheduleKeeperOptions) {
    this.#options = options;
  }

  /** A listing took that long, in milliseconds. */
  noteListing(ms: number): void {
    this.#listingsMs = [...this.#listingsMs, ms].slice(-decidingListings);
  }

  /** A pass has ended, or none was made yet: from now on the schedule says when the next one is due. */
  async nextDelay(schedule: Schedule): Promise<NextDelay> {
    const { clock, random } = this.#options;
    this.#tooFast = tooFastSchedule(schedule, this.#listingsMs);
    const restMs = (this.#tooFast?.restSeconds ?? 0) * 1000;
    this.#restsUntil = restMs === 0 ? 0 : clock.monotonic() + restMs;
    await this.#keepCron(schedule);
    const ownMs = schedule.kind === 'interval' ? Math.max(restMs, intervalMs(schedule, random())) : undefined;
    return { intervalMs: ownMs, tooFast: this.#tooFast };
  }

  /** A pass begins: what a schedule that is too frequent asks for meanwhile is left out. */
  passBegins(): void {
    if (this.#tooFast !== undefined) this.#restsUntil = Number.POSITIVE_INFINITY;
  }

  /** When the schedule asks for the next pass, in milliseconds since 1970; undefined when there is none. */
  nextDue(): number | undefined {
    const { clock } = this.#options;
    return this.#cron?.alarm.next(clock.now() + Math.max(0, this.#restsUntil - clock.monotonic()));
  }

  /** Until `nextDelay` is called again, it asks for nothing. */
  async stop(): Promise<void> {
    await this.#cron?.alarm.stop();
    this.#cron = undefined;
  }

  async #keepCron(schedule: Schedule): Promise<void> {
    if (isDeepStrictEqual(this.#cron?.schedule, schedule)) return;
    await this.stop();
    if (schedule.kind === 'interval') return;
    this.#cron = { schedule, alarm: new CronAlarm(schedule, this.#options.clock, () => this.#request()) };
  }

  #request(): void {
    if (this.#options.clock.monotonic() >= this.#restsUntil) this.#options.onSchedule();
  }
}
