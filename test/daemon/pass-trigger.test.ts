import { expect, test } from 'vitest';
import { PassTrigger } from '../../src/daemon/pass-trigger.ts';

const never = new AbortController().signal;

test('many requests before a pass are one pass, with every reason once', async () => {
  const trigger = new PassTrigger();
  trigger.request('files');
  trigger.request('interval');
  trigger.request('files');

  expect(await trigger.wait(never)).toEqual(['files', 'interval']);
});

test('a request during a pass is kept for the next one', async () => {
  const trigger = new PassTrigger();
  trigger.request('start');
  await trigger.wait(never);
  trigger.request('request');

  expect(await trigger.wait(never)).toEqual(['request']);
});

test('who waits is woken by the next request', async () => {
  const trigger = new PassTrigger();
  const waiting = trigger.wait(never);

  trigger.request('signal');

  expect(await waiting).toEqual(['signal']);
});

test.each([
  { title: 'before', early: true },
  { title: 'while', early: false },
])('nothing is heard after the end was asked for $title waiting', async ({ early }) => {
  const trigger = new PassTrigger();
  const stop = new AbortController();
  if (early) stop.abort();
  const waiting = trigger.wait(stop.signal);
  stop.abort();

  expect(await waiting).toBeUndefined();
});
