import { expect, test } from 'vitest';
import { CronAlarm } from '../../src/schedule/cron-alarm.ts';
import { CronTimes } from '../../src/schedule/cron-times.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';

const minuteMs = 60_000;

/** An alarm every ten minutes on a clock that the test moves. */
async function withAlarm(
  work: (clock: ManualClock, calls: readonly number[], alarm: CronAlarm) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const calls: number[] = [];
  const call = () => calls.push(clock.now());
  const alarm = new CronAlarm({ kind: 'schedule', cron: '*/10 * * * *', timezone: 'UTC' }, clock, call);
  await settled();
  await work(clock, calls, alarm);
  await alarm.stop();
}

/** Lets minutes pass as they do: those who sleep are woken in between. */
async function pass(clock: ManualClock, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) await clock.advance(minuteMs);
}

test('it calls until it is stopped', () =>
  withAlarm(async (clock, calls, alarm) => {
    await pass(clock, 30);
    expect(calls).toHaveLength(3);

    await alarm.stop();
    await pass(clock, 30);
    expect(calls).toHaveLength(3);
    expect(clock.untilNext()).toBeUndefined();
  }));

test('times that pass while the machine is suspended are called once', () =>
  withAlarm(async (clock, calls) => {
    clock.set(6 * 60 * minuteMs);
    await pass(clock, 1);

    expect(calls).toHaveLength(1);
  }));

test('a clock that is set back a little after a run makes none twice', () =>
  withAlarm(async (clock, calls) => {
    await pass(clock, 4);
    expect(calls).toHaveLength(1);
    clock.set(-2 * minuteMs);
    await pass(clock, 11);
    expect(calls).toHaveLength(1);

    await pass(clock, 1);
    expect(calls).toHaveLength(2);
  }));

test('a clock that is set back by hours goes on from there', () =>
  withAlarm(async (clock, calls) => {
    await pass(clock, 4);
    clock.set(-5 * 60 * minuteMs);
    await pass(clock, 20);

    expect(calls).toHaveLength(3);
  }));

test('an expression may look ahead for many years, and may have no time at all', () => {
  const leap = new CronTimes('0 0 * 2 1#5').next(Date.UTC(2026, 0, 1));

  expect(new Date(leap ?? 0).toISOString()).toBe('2044-02-29T00:00:00.000Z');
  expect(new CronTimes('0 0 30W 2 *').next(Date.UTC(2026, 0, 1))).toBeUndefined();
});

test.each([
  { title: 'either day, where both fields are restricted', cron: '0 0 13 * 5', days: [2, 9, 13, 16, 23, 30] },
  { title: 'either day, with seconds', cron: '0 0 0 13 * fri', days: [2, 9, 13, 16, 23, 30] },
  { title: 'the days of the month alone', cron: '0 0 1,15 * *', days: [1, 15] },
  { title: 'the days of the week alone', cron: '0 0 ? * 5', days: [2, 9, 16, 23, 30] },
  { title: 'days that are both, where a field begins with *', cron: '0 0 */2 * 5', days: [9, 23] },
  { title: 'either day, of one month only', cron: '0 0 13 11 5', days: [] },
  { title: 'the last day or a Friday', cron: '0 0 L * 5', days: [2, 9, 16, 23, 30, 31] },
])('an expression names $title: $cron', ({ cron, days }) => {
  const times = new CronTimes(cron);
  const end = Date.UTC(2026, 9, 31, 23);
  const found: number[] = [];
  for (let at = times.next(Date.UTC(2026, 8, 30, 23)); at !== undefined && at <= end; at = times.next(at)) {
    found.push(new Date(at).getUTCDate());
  }

  expect(found).toEqual(days);
});
