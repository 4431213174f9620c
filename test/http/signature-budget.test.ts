import { expect, test } from 'vitest';
import { SignatureBudget } from '../../src/http/signature-budget.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';

/** Begins so many checks; what each hears is kept. */
function begun(budget: SignatureBudget, count: number): unknown[] {
  const turns: unknown[] = [];
  for (let nth = 0; nth < count; nth += 1) void budget.begin().then((turn) => turns.push(turn));
  return turns;
}

test('checks that could all be wrong leave no room: the next ones wait, and go on after right ones', async () => {
  const budget = new SignatureBudget(new ManualClock());
  const turns = begun(budget, 22);
  await settled();
  expect(turns).toEqual(Array(20).fill('go'));

  budget.end(true);
  await settled();
  expect(turns).toHaveLength(21);

  budget.end(false);
  await settled();
  expect(turns).toHaveLength(21);
});

test('who waits is refused when all the others were wrong', async () => {
  const clock = new ManualClock();
  const budget = new SignatureBudget(clock);
  const turns = begun(budget, 22);
  await clock.advance(15_000);

  const news = Array.from({ length: 20 }, () => budget.end(false));
  await settled();

  expect(turns).toEqual([...Array(20).fill('go'), { retryAfterSeconds: 45 }, { retryAfterSeconds: 45 }]);
  expect(news).toEqual([true, ...Array(19).fill(false)]);
});

test('wrong ones that end in the next minute count there, and nobody waits forever', async () => {
  const clock = new ManualClock();
  const budget = new SignatureBudget(clock);
  const turns = begun(budget, 60);
  for (let nth = 0; nth < 19; nth += 1) budget.end(false);
  await clock.advance(60_000);

  expect(budget.end(false)).toBe(true);
  await settled();

  expect(turns).toEqual(Array(39).fill('go'));
  for (let nth = 0; nth < 19; nth += 1) budget.end(true);
  await settled();
  expect(turns).toHaveLength(58);
  for (let nth = 0; nth < 19; nth += 1) budget.end(true);
  await settled();
  expect(turns).toEqual(Array(60).fill('go'));
});
