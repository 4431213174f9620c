import { expect, test, vi } from 'vitest';
import { systemClock } from '../../src/app/system-clock.ts';

test('waiting takes at least the time asked for', async () => {
  const before = performance.now();

  await systemClock.sleep(20);

  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
});

test('waiting that is cut short is told as being asked to stop', async () => {
  const stop = new AbortController();

  const waiting = systemClock.sleep(600_000, stop.signal);
  stop.abort(new Error('received SIGINT'));

  await expect(waiting).rejects.toMatchObject({ code: 'E_ABORTED', exitCode: 1 });
});

test("setting the machine's clock back does not turn back the time that only passes", () => {
  const before = { now: systemClock.now(), monotonic: systemClock.monotonic() };
  vi.useFakeTimers({ toFake: ['Date'], now: before.now - 3_600_000 });

  const after = { now: systemClock.now(), monotonic: systemClock.monotonic() };

  vi.useRealTimers();
  expect(after.now).toBeLessThan(before.now);
  expect(after.monotonic).toBeGreaterThanOrEqual(before.monotonic);
});
