import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../../src/emulator/rate-limit.ts';
import { call, emulator } from './client.ts';

describe('token bucket', () => {
  test('lets a burst through, then one per interval, and says how long to wait', () => {
    let now = 0;
    const bucket = new TokenBucket({ requests: 4, perMs: 1000 }, () => now);

    const burst = [1, 2, 3, 4, 5].map(() => bucket.take());
    now = 249;
    const early = bucket.take();
    now = 250;
    const due = bucket.take();

    expect(burst).toEqual([0, 0, 0, 0, 250]);
    expect([early, due]).toEqual([1, 0]);
  });

  test('holds no more than one burst, however long nobody asks', () => {
    let now = 0;
    const bucket = new TokenBucket({ requests: 2, perMs: 1000 }, () => now);
    now = 1_000_000;

    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 500]);
  });

  test('is full again after a reset', () => {
    const bucket = new TokenBucket({ requests: 1, perMs: 1000 }, () => 0);
    bucket.take();

    bucket.reset();

    expect(bucket.take()).toBe(0);
  });
});

describe('Retry-After', () => {
  test.each([
    ['none', null],
    ['seconds', '60'],
    ['date', 'Thu, 01 Jan 1970 00:01:02 GMT'],
  ] as const)('%s: %s', async (retryAfter, header) => {
    const account = await emulator({ rateLimit: { requests: 1, perMs: 60_000 }, retryAfter, now: () => 1500 });
    await call(account, 'GET');

    const limited = await call(account, 'GET');

    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe(header);
  });
});

test('a limited request does not do its work', async () => {
  const account = await emulator({ rateLimit: { requests: 1, perMs: 60_000 }, now: () => 0 });
  const [id] = account.admin.seed(1);
  await call(account, 'GET');

  const limited = await call(account, 'DELETE', `/${id}`);

  expect(limited.status).toBe(429);
  expect(account.admin.applications()).toHaveLength(1);
});

test('wrong credentials do not use up the limit', async () => {
  const account = await emulator({ rateLimit: { requests: 1, perMs: 60_000 }, now: () => 0 });
  await call(account, 'GET', '', { headers: { authorization: 'x' } });

  expect((await call(account, 'GET')).status).toBe(200);
});
