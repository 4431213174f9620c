import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configOfEnvironment } from '../../src/config/config.ts';
import { describeRefused, keptTimetable } from '../../src/daemon/kept-timetable.ts';
import { checkTimetable, intervalMs, retryMs } from '../../src/daemon/timetable.ts';

test('an interval varies by its jitter and no more', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
      const ms = intervalMs({ kind: 'interval', seconds: 100, jitterPercent: 10 }, random);
      expect(ms).toBeGreaterThanOrEqual(90_000);
      expect(ms).toBeLessThanOrEqual(110_000);
    }),
  );
});

test('a failing account is left alone longer each time, up to five minutes', () => {
  const delays = [1, 2, 3, 4, 8, 9, 100].map((failures) => retryMs(failures, 1));

  expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 256_000, 300_000, 300_000]);
  expect(retryMs(3, 0)).toBe(4_000);
});

const account = (cron: string) => {
  const [one] = configOfEnvironment({ environment: {}, cwd: '/', directory: '.', readFile: () => '' }).accounts;
  if (one === undefined) throw new Error('there is always one account');
  return { ...one, timetable: { kind: 'schedule', cron } } as const;
};

test.each(['*/5 * * * *', '0 4 * * 1-5', '*/10 * * * * *'])('the schedule %s is fine', (cron) => {
  expect(() => checkTimetable(account(cron), undefined)).not.toThrow();
});

test.each([
  { cron: '* * * * * *', message: 'runs every 1 s' },
  { cron: '0,5 * * * * *', message: 'runs every 5 s' },
  { cron: '61 * * * *', message: 'is no cron expression' },
])('the schedule $cron is refused with the reason', ({ cron, message }) => {
  expect(() => checkTimetable(account(cron), 'vonage-gitops.yaml')).toThrow(message);
});

const everyFive = { kind: 'interval', seconds: 5, jitterPercent: 20 } as const;
const everyTen = { kind: 'schedule', cron: '*/10 * * * * *' } as const;

test.each([
  { title: 'before the first listing', asked: everyFive, listings: [], kept: everyFive },
  { title: 'a listing in time', asked: everyFive, listings: [5_000], kept: everyFive },
  { title: 'a slow listing among fast ones', asked: everyFive, listings: [90_000, 4_000, 90_000], kept: everyFive },
  {
    title: 'an interval that is too short',
    asked: everyFive,
    listings: [9_000, 6_200],
    kept: { kind: 'interval', seconds: 13, jitterPercent: 20 },
  },
  { title: 'a schedule in time', asked: everyTen, listings: [9_900], kept: everyTen },
  {
    title: 'a schedule that is too fast',
    asked: everyTen,
    listings: [12_000],
    kept: { kind: 'interval', seconds: 24, jitterPercent: 10 },
  },
] as const)('$title: the account goes by what it can keep', ({ asked, listings, kept }) => {
  const { timetable, refused } = keptTimetable(asked, listings);

  expect(timetable).toEqual(kept);
  expect(refused === undefined).toBe(kept === asked);
});

test.each([
  { asked: everyFive, start: 'the interval of 5 s is refused, a listing takes 12.0 s: passes are 24 s apart instead' },
  { asked: everyTen, start: 'the schedule "*/10 * * * * *" (every 10 s) is refused, a listing takes 12.0 s' },
])('the refusal says what, why and what to do: $start', ({ asked, start }) => {
  const { refused } = keptTimetable(asked, [12_000]);

  const text = refused && describeRefused(refused);

  expect(text).toContain(start);
  expect(text).toContain('Configure at least that');
});
