import { describe, expect, test } from 'vitest';
import { budgetTime } from '../../../src/core/plan/server-time.ts';
import { planOf } from '../plan-of.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const minuteMs = 60_000;

describe('the time by which deletes leave their budget', () => {
  test.each([
    { title: 'is ours when the API tells none', live: {}, expected: now },
    { title: "is the API's when our clock is ahead", live: { serverTime: now - 1 }, expected: now - 1 },
    { title: 'is ours when our clock is behind', live: { serverTime: now + 1 }, expected: now },
  ])('$title', ({ live, expected }) => {
    expect(budgetTime(live, now)).toBe(expected);
  });
});

describe('a clock that differs from that of the API', () => {
  test.each([
    { title: 'is no news while nobody tells the time', live: {}, told: [] },
    { title: 'is no news by 5 minutes', live: { serverTime: now - 5 * minuteMs }, told: [] },
    {
      title: 'is told when it is ahead, with both times and the remedy',
      live: { serverTime: now - 5 * minuteMs - 1000 },
      told: [
        "this machine's clock says 2026-01-02T03:04:05.000Z, the API says 2026-01-02T02:59:04.000Z: synchronize this machine's clock with NTP; meanwhile deletes are counted by the earlier of the two",
      ],
    },
    {
      title: 'is told when it is behind',
      live: { serverTime: now + 5 * minuteMs + 1000 },
      told: [expect.stringContaining('the API says 2026-01-02T03:09:06.000Z')],
    },
  ])('$title', ({ live, told }) => {
    const { notices } = planOf({ live, now });

    const skews = notices.filter(({ kind }) => kind === 'clock-skew');
    expect(skews.map(({ message }) => message)).toEqual(told);
  });
});
