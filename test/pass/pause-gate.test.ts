import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { PauseGate } from '../../src/pass/pause-gate.ts';
import { type Pauses, withoutPause, withPause } from '../../src/pass/pauses.ts';
import { aDelete, aLog, anUpdate } from '../daemon/builders.ts';
import { aStore } from '../daemon/fakes.ts';
import { ManualClock } from '../daemon/manual-clock.ts';

const pause = { reason: 'INC-42', since: 1 };
const paused =
  (name?: string) =>
  (pauses: Pauses): Pauses =>
    withPause(pauses, name, pause);

function aGate(saved: Pauses = { applications: {} }) {
  const store = aStore();
  store.saved = saved;
  const clock = new ManualClock();
  const log = aLog();
  return { gate: new PauseGate({ store: store.pauses, clock, log }), store, clock, log };
}

test('a change of what is paused meanwhile is held with the words of the pause, others start', async () => {
  const { gate } = aGate();
  await gate.change(paused('Support'), 'Support');

  expect(await gate.enter(anUpdate('Support'))).toEqual({
    outcome: 'held',
    reason: 'paused until resumed: INC-42',
  });
  expect(await gate.enter(aDelete('Sales'))).toMatchObject({ outcome: 'entered' });
});

test.each([
  { title: 'under its new name', name: 'Sales' },
  { title: 'under its earlier name', name: 'Support' },
  { title: 'with the whole account', name: undefined },
])('a rename is held when it is paused $title', async ({ name }) => {
  const { gate } = aGate(paused(name)({ applications: {} }));

  expect(await gate.enter(anUpdate('Sales', { previousName: 'Support' }))).toMatchObject({ outcome: 'held' });
});

test.each(['constructor', '__proto__'])('an application named %s is paused only when it is', async (name) => {
  const { gate } = aGate();

  expect(await gate.enter(anUpdate(name))).toMatchObject({ outcome: 'entered' });
  await gate.change(paused(name), name);
  expect(await gate.enter(anUpdate(name))).toMatchObject({ outcome: 'held' });
});

test('what another process wrote holds the next change, and its end lets it go', async () => {
  const { gate, store } = aGate();
  store.saved = paused('Support')(store.saved);

  expect(await gate.enter(anUpdate('Support'))).toMatchObject({ outcome: 'held' });
  store.saved = withoutPause(store.saved, ['Support']);
  expect(await gate.enter(anUpdate('Support'))).toMatchObject({ outcome: 'entered' });
});

test('a change that read the pauses before a pause was written does not start after it', async () => {
  const { gate, store } = aGate();
  const { load } = store.pauses;
  let answer: () => void = () => undefined;
  let reading: () => void = () => undefined;
  const hasRead = new Promise<void>((resolve) => {
    reading = resolve;
  });
  const slowly = new Promise<void>((resolve) => {
    answer = resolve;
  });
  store.pauses.load = async () => {
    const before = await load();
    reading();
    await slowly;
    return before;
  };

  const entry = gate.enter(anUpdate('Support'));
  await hasRead;
  store.pauses.load = load;
  const { inFlight } = await gate.change(paused('Support'), 'Support');
  answer();

  expect(inFlight).toBe(0);
  expect(await entry).toMatchObject({ outcome: 'held' });
});

test('a pause says how many changes of what it is about were in flight', async () => {
  const { gate } = aGate();
  const support = await gate.enter(anUpdate('Support', { previousName: 'Help' }));
  await gate.enter(aDelete('Sales'));

  expect((await gate.change(paused('Support'), 'Support')).inFlight).toBe(1);
  expect((await gate.change(paused('Help'), 'Help')).inFlight).toBe(1);
  expect((await gate.change(paused('Third'), 'Third')).inFlight).toBe(0);
  expect((await gate.change(paused(), undefined)).inFlight).toBe(2);
  if (support.outcome === 'entered') support.leave();
  expect((await gate.change(paused('Support'), 'Support')).inFlight).toBe(0);
});

test('a pause that could not be written is an error and holds nothing', async () => {
  const { gate, store } = aGate();
  const full = new ReconcilerError('E_STATE_UNUSABLE', { path: 'PAUSE', reason: 'the disk is full' });
  store.pauses.change = async () => Promise.reject(full);

  await expect(gate.change(paused('Support'), 'Support')).rejects.toBe(full);
  expect(await gate.enter(anUpdate('Support'))).toMatchObject({ outcome: 'entered' });
});

test('what is over is no pause, and leaves the store when a pass begins', async () => {
  const { gate, store, clock } = aGate();
  store.saved = withPause(paused('Sales')(store.saved), 'Support', { ...pause, until: clock.now() });

  expect(await gate.enter(anUpdate('Support'))).toMatchObject({ outcome: 'entered' });
  expect(Object.keys((await gate.current()).applications)).toEqual(['Sales']);
  expect(Object.keys(store.saved.applications)).toEqual(['Sales']);
});

test('while nothing is over, a pass writes no pauses', async () => {
  const { gate, store } = aGate(paused('Sales')(paused()({ applications: {} })));
  store.pauses.change = async () => Promise.reject(new Error('it writes'));

  expect(await gate.current()).toEqual(store.saved);
});

test('what is over and cannot be removed is a warning, and the pass goes on', async () => {
  const { gate, store, clock, log } = aGate();
  store.saved = withPause(store.saved, undefined, { ...pause, until: clock.now() });
  store.pauses.change = async () => {
    throw new ReconcilerError('E_STATE_UNUSABLE', { path: 'PAUSE', reason: 'the disk is full' });
  };

  expect(await gate.current()).toEqual({ applications: {} });
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'expired pauses not removed' }]);
});
