import { expect, test } from 'vitest';
import { faultRules, randomFrom } from '../../scripts/torture-faults.ts';
import { drawKill } from '../../scripts/torture-run.ts';
import { parseFault } from '../../src/emulator/flags.ts';

const victims = ['one', 'two'];

test('the torture draws the same faults from the same seed, and others from another', () => {
  const rules = (seed: number) => faultRules(randomFrom(seed), 6, victims);

  expect(rules(7)).toEqual(rules(7));
  expect(rules(7)).not.toEqual(rules(8));
});

test('the emulator understands every fault, and their shares are as the page says', () => {
  const rules = faultRules(randomFrom(1), 6, victims).map(parseFault);
  const ofPosts = rules.filter(({ match }) => match?.verb === 'POST').map(({ action }) => action.kind);
  const share = (...kinds: readonly string[]) => ofPosts.filter((kind) => kinds.includes(kind)).length / 2000;

  expect(share('timeout-after')).toBeCloseTo(0.3, 1);
  expect(share('reset-before', 'reset-after')).toBeCloseTo(0.1, 1);
  expect(share('stale-list')).toBeCloseTo(0.15, 1);
  expect(rules.filter(({ action }) => action.kind === 'page-shift')).toHaveLength(2);
  expect(rules.some(({ action }) => action.kind === 'status' && action.status === 429)).toBe(true);
});

test.each([
  { title: 'nothing is left to create: soon', left: { creates: 0, kills: 9 }, posts: [undefined] },
  {
    title: 'the last kills: in the wait for lost creates',
    left: { creates: 9, kills: 2 },
    posts: [Number.POSITIVE_INFINITY],
  },
])('when it kills, $title', ({ left, posts }) => {
  const random = randomFrom(3);

  const drawn = Array.from({ length: 50 }, () => drawKill(random, left).afterPosts);

  expect([...new Set(drawn)]).toEqual(posts);
});

test('before that it kills after some POSTs, spread so that some are left for every kill', () => {
  const random = randomFrom(3);

  const drawn = Array.from({ length: 200 }, () => drawKill(random, { creates: 100, kills: 25 }).afterPosts);

  const posts = drawn.filter((count) => count !== undefined);
  expect(posts.length).toBeGreaterThan(100);
  expect(Math.max(...posts)).toBeLessThanOrEqual(10);
  expect(Math.min(...posts)).toBe(1);
});
