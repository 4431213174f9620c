import { describe, expect, test } from 'vitest';
import { type Delivery, DeliveryQueue, type DeliveryQueueOptions } from '../../src/status/delivery-queue.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';

/** A queue whose receiver gives these answers, first to last, and then takes everything. */
function aQueue(answers: readonly Delivery[] = [], options: Partial<DeliveryQueueOptions<string>> = {}) {
  const clock = new ManualClock();
  const left = [...answers];
  const sent: string[] = [];
  const ended: string[] = [];
  const queue = new DeliveryQueue<string>({
    clock,
    attempts: 3,
    longest: 2,
    drops: 'oldest',
    deliver: async (item, attempt) => {
      sent.push(`${item} ${attempt}`);
      return left.shift() ?? { result: 'taken' };
    },
    ended: (item, end) => void ended.push(`${item} ${end}`),
    dropped: (item) => void ended.push(`${item} dropped`),
    ...options,
  });
  return { clock, queue, sent, ended };
}

const failed = { result: 'failed', problem: 'status 500' } as const;

test('things are delivered one after another, in their order', async () => {
  const { queue, sent, ended } = aQueue();

  queue.add('one');
  queue.add('two');
  await settled();

  expect(sent).toEqual(['one 1', 'two 1']);
  expect(ended).toEqual(['one taken', 'two taken']);
});

test('of things with one key only the newest is delivered', async () => {
  const { queue, sent } = aQueue();

  queue.add('pending', 'main');
  queue.add('other', 'office');
  queue.add('success', 'main');
  await settled();

  expect(sent).toEqual(['success 1', 'other 1']);
});

test('what waits for its next attempt gives way to a newer one of its key', async () => {
  const { queue, clock, sent, ended } = aQueue([failed]);
  queue.add('pending', 'main');
  await settled();

  queue.add('success', 'main');
  await clock.advance(1_000);

  expect(sent).toEqual(['pending 1', 'success 1']);
  expect(ended).toEqual(['success taken']);
});

test('what the receiver refuses for good is not sent again', async () => {
  const { queue, sent, ended } = aQueue([{ result: 'refused', problem: 'status 422' }]);

  queue.add('one');
  await settled();

  expect(sent).toEqual(['one 1']);
  expect(ended).toEqual(['one refused']);
});

describe('the pause to the next attempt', () => {
  test('is the one that the receiver names', async () => {
    const { queue, clock, ended } = aQueue([{ ...failed, afterMs: 90_000 }]);
    queue.add('one');
    await settled();

    expect(clock.untilNext()).toBe(90_000);
    await clock.advance(90_000);

    expect(ended).toEqual(['one taken']);
  });

  test('grows, and not without end', async () => {
    const { queue, clock, ended } = aQueue(Array<Delivery>(7).fill(failed), { attempts: Number.POSITIVE_INFINITY });
    queue.add('one');
    await settled();

    const pauses: (number | undefined)[] = [];
    while (ended.length === 0) {
      pauses.push(clock.untilNext());
      await clock.advance(clock.untilNext() ?? 0);
    }

    expect(pauses).toEqual([1_000, 4_000, 16_000, 64_000, 256_000, 300_000, 300_000]);
  });
});

test.each([
  ['oldest', ['one dropped', 'two taken', 'three taken']],
  ['newest', ['three dropped', 'one taken', 'two taken']],
] as const)('where one too many waits, the %s is dropped', async (drops, expected) => {
  const { queue, ended } = aQueue([], { drops });

  for (const item of ['one', 'two', 'three']) queue.add(item);
  await settled();

  expect(ended).toEqual(expected);
});

test('what is queued when the time at the end is over is given up', async () => {
  const { queue, clock, ended } = aQueue([failed]);
  queue.add('one');
  queue.add('two');
  await settled();

  const closing = queue.close(500);
  await clock.advance(500);
  await closing;

  expect(ended).toEqual(['one given-up', 'two given-up']);
});
