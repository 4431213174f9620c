import { expect, test } from 'vitest';
import { whenAborted } from '../../src/core/signals.ts';

test.each([
  { title: 'already', early: true },
  { title: 'later', early: false },
])('whoever waits for a signal that aborts $title goes on', async ({ early }) => {
  const stop = new AbortController();
  if (early) stop.abort();

  const waited = whenAborted(stop.signal);
  stop.abort();

  await expect(waited).resolves.toBeUndefined();
});
