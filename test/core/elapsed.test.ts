import { expect, test } from 'vitest';
import { elapsedSince } from '../../src/core/elapsed.ts';
import { isUndecided } from '../../src/core/ledger/intents.ts';
import { anIntent } from '../builders.ts';

test.each([
  { title: 'of the past', stamp: 1_000, expected: 500 },
  { title: 'of this moment', stamp: 1_500, expected: 0 },
  { title: 'of the future, which was made before the clock was set back', stamp: 9_999, expected: 0 },
])('time since a stamp $title', ({ stamp, expected }) => {
  expect(elapsedSince(stamp, 1_500)).toBe(expected);
});

test.each([
  { title: 'not sent', stamps: {}, expected: false },
  { title: 'sent, and not known to have ended', stamps: { postedAt: 1 }, expected: true },
  { title: 'ended less than the settle time ago', stamps: { postedAt: 1, endedAt: 71 }, expected: true },
  { title: 'ended a settle time ago', stamps: { postedAt: 1, endedAt: 70 }, expected: false },
  { title: 'ended in the future, so just now', stamps: { postedAt: 1, endedAt: 9_999 }, expected: true },
])('a create $title is open: $expected', ({ stamps, expected }) => {
  expect(isUndecided(anIntent({ name: 'Support', ...stamps }), 100, 30)).toBe(expected);
});

test('without a settle time a create that ended in the future is decided at once', () => {
  expect(isUndecided(anIntent({ name: 'Support', postedAt: 1, endedAt: 9_999 }), 100, 0)).toBe(false);
});
