import { expect, test } from 'vitest';
import { Bell } from '../../src/daemon/pass-trigger.ts';

const never = new AbortController().signal;

test('many rings before a pass are one pass, with every reason once', async () => {
  const bell = new Bell();
  bell.ring('files');
  bell.ring('interval');
  bell.ring('files');

  expect(await bell.wait(never)).toEqual(['files', 'interval']);
});

test('a ring during a pass is kept for the next one', async () => {
  const bell = new Bell();
  bell.ring('start');
  await bell.wait(never);
  bell.ring('request');

  expect(await bell.wait(never)).toEqual(['request']);
});

test('who waits is woken by the next ring', async () => {
  const bell = new Bell();
  const waiting = bell.wait(never);

  bell.ring('signal');

  expect(await waiting).toEqual(['signal']);
});

test.each([
  { title: 'before', early: true },
  { title: 'while', early: false },
])('nothing is heard after the end was asked for $title waiting', async ({ early }) => {
  const bell = new Bell();
  const stop = new AbortController();
  if (early) stop.abort();
  const waiting = bell.wait(stop.signal);
  stop.abort();

  expect(await waiting).toBeUndefined();
});
