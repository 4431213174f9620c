import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configOfEnvironment } from '../../src/config/config.ts';
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
