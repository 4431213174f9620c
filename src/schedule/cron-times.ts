import { createTask, parse } from 'node-cron';

const dayMs = 86_400_000;
/** Longest that is looked ahead, in days: 29 February can be a Monday 40 years from now. */
const longestSearchDays = 41 * 366;

/**
 * The times a cron expression names, on a clock that is never changed, such as that of UTC; all in milliseconds since 1970 on that clock.
 * `node-cron` reads the expression and knows its calendar. When clocks are changed, it makes no runs or a busy loop, so its timers and
 * time zones are not used.
 */
export class CronTimes {
  /** Whether it names each of the 24 hours. */
  readonly everyHour: boolean;
  /** In milliseconds since midnight, ascending. */
  readonly #timesOfDay: readonly number[];
  readonly #isDay: (day: number) => boolean;

  /** @throws {Error} for what is not a cron expression */
  constructor(cron: string) {
    const { hour, minute, second } = parse(cron);
    this.everyHour = hour.length === 24;
    const times = hour.flatMap((h) => minute.flatMap((m) => second.map((s) => 1000 * (60 * (60 * h + m) + s))));
    this.#timesOfDay = times.sort((one, other) => one - other);
    const first = this.#timesOfDay[0] ?? 0;
    const isDays = dayExpressions(cron).map(matcher);
    this.#isDay = (day) => isDays.some((isDay) => isDay(new Date(day * dayMs + first)));
  }

  /** The first time after that one; undefined when there is none in 40 years. */
  next(after: number): number | undefined {
    const today = Math.floor(after / dayMs);
    for (let day = today; day <= today + longestSearchDays; day += 1) {
      const time = this.#timesOfDay.find((ofDay) => day * dayMs + ofDay > after);
      if (time !== undefined && this.#isDay(day)) return day * dayMs + time;
    }
    return undefined;
  }

  /** Shortest time between two of them, in milliseconds; the last of a day counts as if the next day had some, too. */
  get shortestGapMs(): number {
    const first = this.#timesOfDay[0] ?? 0;
    const withNextDay = [...this.#timesOfDay, dayMs + first];
    return Math.min(...withNextDay.slice(1).map((time, index) => time - (this.#timesOfDay[index] ?? 0)));
  }
}

/**
 * Where day of the month and day of the week are both restricted, a day need only be one of them. `node-cron` wants both, so there it is
 * asked for each alone. Source: crontab(5), where a field that begins with `*` is not restricted.
 */
function dayExpressions(cron: string): readonly string[] {
  const fields = cron.trim().split(/\s+/);
  const [dayOfMonth = '*', month = '*', dayOfWeek = '*'] = fields.slice(-3);
  if ([dayOfMonth, dayOfWeek].some((field) => /^[*?]/.test(field))) return [cron];
  const times = fields.slice(0, -3).join(' ');
  return [`${times} ${dayOfMonth} ${month} *`, `${times} * ${month} ${dayOfWeek}`];
}

function matcher(cron: string): (date: Date) => boolean {
  const task = createTask(cron, () => undefined, { timezone: 'UTC' });
  void task.destroy(); // it is asked and never started, so that the scheduler need not remember it
  return (date) => task.match(date);
}
