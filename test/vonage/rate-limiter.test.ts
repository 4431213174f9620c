import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { scrubber } from '../../src/core/redact/scrubber.ts';
import { Semaphore } from '../../src/core/semaphore.ts';
import { RateLimiter } from '../../src/vonage/rate-limiter.ts';
import { respell, SpellingMemory } from '../../src/vonage/spelling.ts';
import { anId, FakeClock } from './support.ts';

function aRateLimiter(requestsPerSecond = 10): { limiter: RateLimiter; clock: FakeClock } {
  const clock = new FakeClock();
  return { limiter: new RateLimiter({ requestsPerSecond, burst: 4, clock }), clock };
}

describe('rate limit', () => {
  test('four leave at once, then one every tenth of a second', async () => {
    const { limiter, clock } = aRateLimiter();

    for (let n = 0; n < 7; n += 1) await limiter.take(undefined);

    expect(clock.slept).toEqual([100, 100, 100]);
  });

  test('four 429s of one limit halve the rate once, a later one halves it again', async () => {
    const { limiter } = aRateLimiter();
    const epochs = [await limiter.take(undefined), await limiter.take(undefined), await limiter.take(undefined)];

    const halved = epochs.map((epoch) => limiter.throttled(epoch));
    const rate = limiter.rate;
    const later = limiter.throttled(await limiter.take(undefined));

    expect(halved).toEqual([true, false, false]);
    expect(rate).toBe(5);
    expect(later).toBe(true);
    expect(limiter.rate).toBe(2.5);
  });

  test('never slower than one request in two seconds, unless so configured', async () => {
    const { limiter } = aRateLimiter();
    const slow = aRateLimiter(0.2).limiter;

    for (let n = 0; n < 9; n += 1) limiter.throttled(await limiter.take(undefined));
    slow.throttled(await slow.take(undefined));

    expect(limiter.rate).toBeGreaterThanOrEqual(0.5);
    expect(limiter.rate).toBeLessThan(0.7);
    expect(slow.rate).toBe(0.2);
  });

  test('recovers by a tenth every five seconds, up to what is configured', async () => {
    const { limiter, clock } = aRateLimiter();
    limiter.throttled(await limiter.take(undefined));

    clock.advance(4_999);
    expect(limiter.rate).toBe(5);
    clock.advance(1);
    expect(limiter.rate).toBeCloseTo(5.5);
    clock.advance(600_000);

    expect(limiter.rate).toBe(10);
  });

  test.each([0, 3_600_000, -3_600_000])(
    'a pause holds everything as long, though the clock is set by %i',
    async (setBy) => {
      const { limiter, clock } = aRateLimiter();
      clock.set(setBy);
      limiter.pause(10_000);
      clock.set(setBy);

      await limiter.take(undefined);

      expect(clock.slept).toEqual([10_000]);
    },
  );

  test.each([3_600_000, -3_600_000])('no request leaves sooner or later when the clock is set by %i', async (setBy) => {
    const { limiter, clock } = aRateLimiter();
    for (let n = 0; n < 4; n += 1) await limiter.take(undefined);
    clock.set(setBy);

    await limiter.take(undefined);

    expect(clock.slept).toEqual([100]);
  });
});

describe('slots', () => {
  test('are taken in the order they are asked for, and one that gives up leaves the queue', async () => {
    const slots = new Semaphore(1);
    const stop = new AbortController();
    const order: string[] = [];
    const release = await slots.take(undefined);
    const second = slots.take(stop.signal).catch(() => order.push('gave up'));
    const third = slots.take(undefined).then(() => order.push('third'));

    stop.abort(new Error('enough'));
    await second;
    release();
    await third;

    expect(order).toEqual(['gave up', 'third']);
  });
});

describe('spelling', () => {
  const withHook = (hook: JsonObject): JsonObject => ({ capabilities: { voice: { webhooks: { a: hook } } } });
  const live = withHook({ connect_timeout: 1 });
  const documented = withHook({ connection_timeout: 1 });

  test('each application in its own, a new one in the account’s, connect_timeout where nothing is known', () => {
    const memory = new SpellingMemory();
    const unknown = memory.choose(undefined);

    memory.shown(anId(1), documented);
    const onlyDocumented = memory.choose(undefined);
    memory.shown(anId(2), live);
    memory.shown(anId(3), {});

    expect([unknown, onlyDocumented]).toEqual(['connect_timeout', 'connection_timeout']);
    expect([1, 2, 3].map((n) => memory.choose(anId(n)))).toEqual([
      'connection_timeout',
      'connect_timeout',
      'connect_timeout',
    ]);
  });

  test('a spelling the API refused stays refused, although it goes on showing it', () => {
    const memory = new SpellingMemory();

    memory.learnt(anId(1), 'connect_timeout');
    memory.shown(anId(1), documented);

    expect(memory.choose(anId(1))).toBe('connect_timeout');
  });

  test('never two timeouts in one webhook', () => {
    const both = withHook({ connect_timeout: 1, connection_timeout: 2, address: 'x' });

    expect(respell(both, 'connect_timeout')).toEqual(withHook({ connect_timeout: 1, address: 'x' }));
    expect(respell(both, 'connection_timeout')).toEqual(withHook({ connection_timeout: 2, address: 'x' }));
  });

  test('what only looks like a webhook is left alone', () => {
    const odd = { connection_timeout: 1, capabilities: { voice: { webhooks: [1], connection_timeout: 2 }, rtc: null } };

    expect(respell(odd, 'connect_timeout')).toEqual(odd);
  });
});

test.each([
  { title: 'plain', text: 'a p4ss&word b' },
  { title: 'in capitals', text: 'P4SS&WORD' },
  { title: 'in a query', text: 'x=p4ss%26word&y' },
  { title: 'in a strict query', text: 'x=odd%28one%29' },
  { title: 'in HTML', text: '<b>p4ss&amp;word</b>' },
  { title: 'in base64 behind a user', text: Buffer.from('someone:p4ss&word').toString('base64') },
  { title: 'in a header', text: 'Authorization: basic c29tZXRoaW5nIGVsc2U=' },
])('a secret $title is taken out', ({ text }) => {
  const scrubbed = scrubber(['p4ss&word', 'odd(one)', 'k'])(text);

  expect(scrubbed).toContain('(sensitive)');
  expect(scrubbed).not.toMatch(/p4ss|word|odd|c29tZXRoaW5n|cDRzcyZ3b3/i);
});
