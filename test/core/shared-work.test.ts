import { expect, test } from 'vitest';
import { SharedWork } from '../../src/core/shared-work.ts';
import { settled } from '../daemon/manual-clock.ts';

/** Work whose ends the test decides. */
function someWork(holds = true) {
  const ends: ((result: string) => void)[] = [];
  const failures: ((error: Error) => void)[] = [];
  let checks = 0;
  const wish = {
    work: () =>
      new Promise<string>((resolve, reject) => {
        ends.push(resolve);
        failures.push(reject);
      }),
    holds: async () => {
      checks += 1;
      return holds;
    },
  };
  return { wish, ends, failures, checks: () => checks };
}

test('a hundred that ask at once share one work, and nothing has to be checked', async () => {
  const shared = new SharedWork<string>(2);
  const { wish, ends, checks } = someWork();
  const asked = Array.from({ length: 100 }, () => shared.ask('main', wish));
  await settled();

  ends[0]?.('done');

  expect(new Set(await Promise.all(asked))).toEqual(new Set(['done']));
  expect([ends.length, checks()]).toEqual([1, 0]);
});

test('who asks while it is under way shares a result that still holds; that is checked once', async () => {
  const shared = new SharedWork<string>(2);
  const { wish, ends, checks } = someWork(true);
  const first = shared.ask('main', wish);
  await settled();
  const others = [shared.ask('main', wish), shared.ask('main', wish)];

  ends[0]?.('done');

  expect(await Promise.all([first, ...others])).toEqual(['done', 'done', 'done']);
  expect([ends.length, checks()]).toEqual([1, 1]);
});

test('who asks while it is under way shares the next one when the result does not hold any more', async () => {
  const shared = new SharedWork<string>(2);
  const { wish, ends, checks } = someWork(false);
  const first = shared.ask('main', wish);
  await settled();
  const others = [shared.ask('main', wish), shared.ask('main', wish)];

  ends[0]?.('old');
  expect(await first).toBe('old');
  await settled();
  expect(ends).toHaveLength(2);
  ends[1]?.('new');

  expect(await Promise.all(others)).toEqual(['new', 'new']);
  expect([ends.length, checks()]).toEqual([2, 1]);
});

test('what ended is not kept: who asks later gets work of their own', async () => {
  const shared = new SharedWork<string>(2);
  const { wish, ends } = someWork();
  const first = shared.ask('main', wish);
  await settled();
  ends[0]?.('old');
  await first;

  const second = shared.ask('main', wish);
  await settled();
  ends[1]?.('new');

  expect(await second).toBe('new');
});

test('a failure is shared and then forgotten', async () => {
  const shared = new SharedWork<string>(2);
  const { wish, failures, ends } = someWork();
  const first = shared.ask('main', wish);
  await settled();
  const second = shared.ask('main', wish);
  const ended = Promise.allSettled([first, second]);

  failures[0]?.(new Error('down'));

  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const third = shared.ask('main', wish);
  await settled();
  ends[1]?.('up');
  expect(await third).toBe('up');
});

test('of different keys so many are at work at once, the others in their turn', async () => {
  const shared = new SharedWork<string>(2);
  const { wish, ends, failures, checks } = someWork(false);
  const asked = ['a', 'b', 'c', 'd'].map((key) => shared.ask(key, wish));
  await settled();
  const again = shared.ask('d', wish);
  expect(ends).toHaveLength(2);

  failures[0]?.(new Error('down'));
  await expect(asked[0]).rejects.toThrow('down');
  await settled();
  expect(ends).toHaveLength(3);
  ends[1]?.('b');
  ends[2]?.('c');
  await settled();
  expect(ends).toHaveLength(4);
  ends[3]?.('d');

  expect(await Promise.all([...asked.slice(1), again])).toEqual(['b', 'c', 'd', 'd']);
  expect(checks()).toBe(0);
});
