import { validateDetailed } from 'node-cron';
import type { AccountConfig, Schedule } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import { quoted } from '../core/render/visible.ts';
import { CronTimes } from './cron-times.ts';

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
      message: `account ${name}: schedule ${quoted(schedule.cron)} ${message}`,
    });
  const { valid, errors } = validateDetailed(schedule.cron);
  if (!valid) throw refuse(`is not a valid cron expression, such as "*/5 * * * *"${wrongField(errors[0])}`);
  const times = new CronTimes(schedule.cron);
  if (times.next(0) === undefined) throw refuse('never runs: there is no such day');
  const gapMs = times.shortestGapMs;
  if (gapMs < leastGapMs) {
    throw refuse(`runs every ${gapMs / 1000} s, faster than a listing takes: set at least ${leastGapMs / 1000} s`);
  }
}

/** Shortest time between two passes that a schedule asks for, in milliseconds; a change of clocks may make it shorter. */
export function shortestGapMs(schedule: Schedule): number {
  return schedule.kind === 'interval' ? schedule.seconds * 1000 : new CronTimes(schedule.cron).shortestGapMs;
}

/** Which field of an expression is wrong: `: the minute is 99`. */
function wrongField(error: { readonly field: string; readonly value?: string } | undefined): string {
  const words = fields.get(error?.field ?? '');
  return words === undefined || error?.value === undefined ? '' : `: the ${words} is ${quoted(error.value)}`;
}

const fields: ReadonlyMap<string, string> = new Map([
  ['second', 'second'],
  ['minute', 'minute'],
  ['hour', 'hour'],
  ['dayOfMonth', 'day of the month'],
  ['month', 'month'],
  ['dayOfWeek', 'day of the week'],
]);
