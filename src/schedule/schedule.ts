import { createTask, type Logger, type ScheduledTask, schedule, validate } from 'node-cron';
import type { AccountConfig, Schedule } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { Log } from '../reconcile/ports.ts';

/** Two runs of a schedule must be this far apart, in milliseconds: a listing of a few hundred applications takes seconds. */
const leastGapMs = 10_000;
const firstRetryMs = 2_000;
const longestRetryMs = 300_000;

/** How long after a pass the next one begins, in milliseconds; `random` is 0 to 1. */
export function intervalMs({ seconds, jitterPercent }: Schedule & { kind: 'interval' }, random: number): number {
  return Math.round(seconds * 1000 * (1 + (jitterPercent / 100) * (2 * random - 1)));
}

/** How long a failing account is left alone, in milliseconds: doubling, at most five minutes, half of it at random. */
export function retryMs(failures: number, random: number): number {
  const full = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(30, failures - 1));
  return Math.round(full * (0.5 + random / 2));
}

/** @throws {ReconcilerError} E_CONFIG_INVALID for a schedule that is none, or one no listing can keep up with */
export function checkSchedule({ name, schedule }: AccountConfig, file: string | undefined): void {
  if (schedule.kind === 'interval') return;
  const refuse = (message: string) =>
    new ReconcilerError('E_CONFIG_INVALID', {
      file,
      message: `account ${name}: schedule "${schedule.cron}" ${message}`,
    });
  if (!validate(schedule.cron)) throw refuse('is not a valid cron expression, such as "*/5 * * * *"');
  const gapMs = shortestGapMs(schedule);
  if (gapMs < leastGapMs) {
    throw refuse(`runs every ${gapMs / 1000} s, faster than a listing takes: set at least ${leastGapMs / 1000} s`);
  }
}

/** Shortest time between two passes that a schedule asks for, in milliseconds. */
export function shortestGapMs(schedule: Schedule): number {
  if (schedule.kind === 'interval') return schedule.seconds * 1000;
  const task = createTask(schedule.cron, () => undefined, { logger: silent });
  try {
    const runs = nextRuns(task);
    return Math.min(...runs.slice(1).map((run, index) => run - (runs[index] ?? 0)));
  } finally {
    void task.destroy();
  }
}

/** A minute's worth of the shortest gaps, in milliseconds since 1970. */
function nextRuns(task: ScheduledTask): readonly number[] {
  return task.getNextRuns(60).map((run) => run.getTime());
}

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A cron expression that fires until it is stopped. */
export interface CronAlarm {
  /** The first time it fires that is not before that time; both in milliseconds since 1970. */
  next(earliest: number): number | undefined;
  stop(): Promise<void>;
}

/** Starts an alarm; `name` is for the log. */
export type StartCron = (alarm: {
  readonly cron: string;
  readonly name: string;
  readonly log: Log;
  readonly request: () => void;
}) => CronAlarm;

/** An alarm by the clock of this machine. */
export const startCron: StartCron = ({ cron, name, log, request }) => {
  const task = schedule(cron, request, { name, noOverlap: true, logger: loggerOf(log) });
  return {
    next: (earliest) => nextRuns(task).find((run) => run >= earliest),
    stop: async () => {
      await task.destroy();
    },
  };
};

/** The scheduler would otherwise print text of its own between the lines of the log. */
function loggerOf(log: Log): Logger {
  const text = (said: string | Error) => ({ said: said instanceof Error ? said.message : said });
  return {
    debug: (said) => log.debug(text(said), 'scheduler'),
    info: (said) => log.debug(text(said), 'scheduler'),
    warn: (said) => log.warn(text(said), 'scheduler'),
    error: (said) => log.error(text(said), 'scheduler'),
  };
}
