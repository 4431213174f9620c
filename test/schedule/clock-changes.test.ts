import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/reconcile/ports.ts';
import { type ClockChange, clockChanges, zoneOffset } from '../../src/schedule/clock-changes.ts';
import { CronAlarm } from '../../src/schedule/cron-alarm.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Shifts of an hour, of half an hour and of two; at midnight, at night and by Ramadan; on both sides of the equator. */
const zones = [
  'Europe/Vienna',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Havana',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Antarctica/Troll',
];

/** Time that passes as soon as somebody waits for it, up to an end. */
class HurriedClock implements Clock {
  sleeps = 0;
  #now: number;
  readonly #end: number;
  readonly ended: Promise<void>;
  #finish: () => void = () => undefined;

  constructor(start: number, end: number) {
    this.#now = start;
    this.#end = end;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.sleeps += 1;
    this.#now += ms;
    if (this.#now <= this.#end) return Promise.resolve();
    this.#finish();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
}

/** When an alarm calls between two times, and how often it slept meanwhile. */
async function callsOf(
  schedule: { readonly cron: string; readonly timezone: string },
  from: number,
  to: number,
): Promise<{ readonly calls: readonly number[]; readonly sleeps: number }> {
  const clock = new HurriedClock(from, to);
  const calls: number[] = [];
  const alarm = new CronAlarm({ kind: 'schedule', ...schedule }, clock, () => calls.push(clock.now()));
  await clock.ended;
  await alarm.stop();
  return { calls, sleeps: clock.sleeps };
}

/** The changes of 2026 and 2027. */
function changesOf(timezone: string): readonly ClockChange[] {
  return clockChanges(zoneOffset(timezone), Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1));
}

function gaps(calls: readonly number[]): readonly number[] {
  return calls.slice(1).map((call, index) => call - (calls[index] ?? 0));
}

describe.each(zones)('at every change of clocks in %s', (timezone) => {
  const changes = changesOf(timezone);

  test('there are changes', () => {
    expect(changes.length).toBeGreaterThanOrEqual(3);
  });

  test.each([10, 30])('a run every %i minutes keeps its rhythm, and nothing spins', async (minutes) => {
    for (const { at } of changes) {
      const around = { cron: `*/${minutes} * * * *`, timezone };
      const { calls, sleeps } = await callsOf(around, at - dayMs, at + dayMs);

      expect(new Set(gaps(calls))).toEqual(new Set([minutes * minuteMs]));
      expect(calls).toHaveLength(2 * 24 * (60 / minutes));
      expect(sleeps).toBeLessThanOrEqual(2 * 24 * 60 + 1);
    }
  });

  test('an hourly run is at most an hour late', async () => {
    for (const { at, before, after } of changes) {
      const { calls } = await callsOf({ cron: '0 * * * *', timezone }, at - dayMs, at + dayMs);
      const shift = Math.abs(after - before);

      expect(Math.max(...gaps(calls))).toBeLessThanOrEqual(shift % hourMs === 0 ? hourMs : 2 * hourMs);
    }
  });

  test.each([0, 1, 2, 3])('a daily run at half past %i is made once each day', async (hour) => {
    for (const { at, before, after } of changes) {
      const { calls } = await callsOf({ cron: `30 ${hour} * * *`, timezone }, at - 1.5 * dayMs, at + 1.5 * dayMs);

      const shift = Math.abs(after - before);
      for (const gap of gaps(calls)) {
        expect(gap).toBeGreaterThanOrEqual(dayMs - shift);
        expect(gap).toBeLessThanOrEqual(dayMs + shift);
      }
      expect(calls.length).toBeGreaterThanOrEqual(2);
    }
  });

  test('runs of a few hours are made once each', async () => {
    for (const { at } of changes) {
      const { calls } = await callsOf({ cron: '20,40 0-4 * * *', timezone }, at - dayMs, at + dayMs);
      const offset = zoneOffset(timezone);
      const local = calls.map((call) => new Date(call + offset(call)).toISOString());

      expect(Math.max(...gaps(calls).filter((gap) => gap < 12 * hourMs))).toBeLessThanOrEqual(80 * minuteMs);
      expect(new Set(calls).size).toBe(calls.length);
      expect(local.length).toBeGreaterThanOrEqual(16);
    }
  });
});

test.each([
  {
    title: 'a time that clocks skip is kept by the clock before the change',
    cron: '30 2 * * *',
    timezone: 'Europe/Vienna',
    from: '2026-03-28T00:00Z',
    calls: ['2026-03-28T01:30Z', '2026-03-29T01:30Z', '2026-03-30T00:30Z'],
  },
  {
    title: 'of a time that comes twice the first is kept',
    cron: '30 2 * * *',
    timezone: 'Europe/Vienna',
    from: '2026-10-24T00:00Z',
    calls: ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  },
  {
    title: 'in New York, the first',
    cron: '30 1 * * *',
    timezone: 'America/New_York',
    from: '2026-11-01T00:00Z',
    calls: ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
  },
  {
    title: 'every hour, both',
    cron: '15 * * * *',
    timezone: 'America/New_York',
    from: '2026-11-01T05:00Z',
    calls: ['2026-11-01T05:15Z', '2026-11-01T06:15Z', '2026-11-01T07:15Z'],
  },
  {
    title: 'more often than the clock is set back, both',
    cron: '*/30 1-3 * * *',
    timezone: 'Europe/Vienna',
    from: '2026-10-25T00:10Z',
    calls: ['2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z', '2026-10-25T02:00Z', '2026-10-25T02:30Z'],
  },
  {
    title: 'as often as the clock is set back, the first',
    cron: '0 1-3 * * *',
    timezone: 'Europe/Vienna',
    from: '2026-10-24T23:30Z',
    calls: ['2026-10-25T00:00Z', '2026-10-25T02:00Z'],
  },
  {
    title: 'half an hour back in Lord Howe, the first of the hour that names it',
    cron: '45 1 * * *',
    timezone: 'Australia/Lord_Howe',
    from: '2026-04-04T00:00Z',
    calls: ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
  },
  {
    title: 'two hours ahead in Troll',
    cron: '30 2 * * *',
    timezone: 'Antarctica/Troll',
    from: '2026-03-28T12:00Z',
    calls: ['2026-03-29T02:30Z', '2026-03-30T00:30Z'],
  },
  {
    title: 'UTC has no changes',
    cron: '30 2 * * *',
    timezone: 'UTC',
    from: '2026-03-28T00:00Z',
    calls: ['2026-03-28T02:30Z', '2026-03-29T02:30Z', '2026-03-30T02:30Z'],
  },
  {
    title: 'days of a month, across changes',
    cron: '0 4 L 2,3,10 *',
    timezone: 'Europe/Vienna',
    from: '2026-02-01T00:00Z',
    calls: ['2026-02-28T03:00Z', '2026-03-31T02:00Z', '2026-10-31T03:00Z'],
  },
])('$title', async ({ cron, timezone, from, calls: expected }) => {
  const end = Date.parse(expected.at(-1) ?? '') + minuteMs;

  const { calls } = await callsOf({ cron, timezone }, Date.parse(from), end);

  expect(calls.map((call) => new Date(call).toISOString().replace(':00.000Z', 'Z'))).toEqual(expected);
});
