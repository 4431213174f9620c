import { expect, test } from 'vitest';
import { runConcurrently } from '../../src/reconcile/run-concurrently.ts';

test('a work that fails ends all only when those beside it have ended, and no other begins', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  let finish: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const work = async (item: number): Promise<number> => {
    begun.push(item);
    if (item === 1) throw new TypeError('a bug');
    if (item === 2) throw new RangeError('another bug');
    await slow;
    ended.push(item);
    return item;
  };
  const all = (async () => {
    for await (const _ of runConcurrently([1, 2, 3, 4, 5], 4, work));
  })();
  let over = false;
  const failure = expect(
    all.finally(() => {
      over = true;
    }),
  ).rejects.toThrow('a bug');
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);

  finish();
  await failure;

  expect(begun).toEqual([1, 2, 3, 4]);
  expect(ended).toEqual([3, 4]);
});
