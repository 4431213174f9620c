import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configOfEnvironment } from '../../src/config/config.ts';
import { checkSchedule, intervalMs, retryMs } from '../../src/schedule/schedule.ts';
import { describeTooFast, tooFastSchedule } from '../../src/schedule/too-fast.ts';

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
  return { ...one, schedule: { kind: 'schedule', cron, timezone: 'UTC' } } as const;
};

test.each(['*/5 * * * *', '0 4 * * 1-5', '*/10 * * * * *'])('the schedule %s is fine', (cron) => {
  expect(() => checkSchedule(account(cron), undefined)).not.toThrow();
});

test.each([
  { cron: '* * * * * *', message: 'runs every 1 s' },
  { cron: '0,5 * * * * *', message: 'runs every 5 s' },
  { cron: '0,55 0,59 * * * *', message: 'runs every 5 s' },
  { cron: '61 * * * *', message: 'is not a valid cron expression, such as "*/5 * * * *": the minute is "61"' },
  { cron: '0 0 * * 8', message: 'the day of the week is "8"' },
  { cron: '1 2 3', message: 'is not a valid cron expression' },
  { cron: '0 0 30W 2 *', message: 'never runs: there is no such day' },
])('the schedule $cron is refused with the reason', ({ cron, message }) => {
  expect(() => checkSchedule(account(cron), 'vonage-gitops.yaml')).toThrow(message);
});

const everyFive = { kind: 'interval', seconds: 5, jitterPercent: 20 } as const;
const everyTen = { kind: 'schedule', cron: '*/10 * * * * *', timezone: 'UTC' } as const;

test.each([
  { title: 'before the first listing', asked: everyFive, listings: [], rest: undefined },
  { title: 'before there are enough to tell', asked: everyFive, listings: [90_000, 90_000], rest: undefined },
  { title: 'listings in time', asked: everyFive, listings: [5_000, 5_000, 5_000], rest: undefined },
  { title: 'slow listings around a fast one', asked: everyFive, listings: [90_000, 4_000, 90_000], rest: undefined },
  { title: 'an interval that is too short', asked: everyFive, listings: [9_000, 6_200, 7_000], rest: 7 },
  { title: 'a schedule in time', asked: everyTen, listings: [9_900, 9_900, 9_900], rest: undefined },
  { title: 'a schedule that is too fast', asked: everyTen, listings: [12_000, 12_500, 13_000], rest: 12 },
] as const)('$title: the account rests $rest s', ({ asked, listings, rest }) => {
  expect(tooFastSchedule(asked, listings)?.restSeconds).toBe(rest);
});

test.each([
  { asked: everyFive, start: 'the interval of 5 s is too frequent, a listing takes 12.3 s: backing off to 13 s after' },
  { asked: everyTen, start: 'the schedule "*/10 * * * * *" (every 10 s) is too frequent, a listing takes 12.3 s' },
])('the refusal says what, why and what to do: $start', ({ asked, start }) => {
  const tooFast = tooFastSchedule(asked, [12_300, 12_300, 12_300]);

  const text = tooFast && describeTooFast(tooFast);

  expect(text).toContain(start);
  expect(text).toContain('Configure at least that');
});
