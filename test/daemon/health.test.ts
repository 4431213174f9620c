import { afterEach, expect, test } from 'vitest';
import { stuckAccounts } from '../../src/daemon/health.ts';
import { startingStatus } from '../../src/status/status.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { aConfig, aSpec, type FakeSpec } from './fakes.ts';
import { settled } from './manual-clock.ts';
import { served, stopAll } from './served.ts';

afterEach(stopAll);

const minute = 60_000;
const hour = 60 * minute;

/** An account whose first listing never ends. It ends when it is stopped, as requests do. */
function anAccountThatHangs(): FakeSpec {
  const spec = aSpec(aConfig('sick'));
  const { open } = spec;
  spec.open = async () => {
    const opened = await open();
    const list = ({ signal }: Parameters<FakeAccount['list']>[0]): Promise<never> =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const { ports } = opened;
    return { ...opened, ports: { ...ports, api: Object.assign(Object.create(spec.fake), { list }) } };
  };
  return spec;
}

test('a pass that hangs is stuck after five minutes, and the other accounts go on', async () => {
  const well = new FakeAccount();
  const { ask, clock, daemon } = await served({ specs: [anAccountThatHangs(), aSpec(aConfig('well'), well)] });
  await clock.advance(4 * minute);
  expect((await ask('/healthz')).status).toBe(200);
  well.declare(aManifest());

  await clock.advance(2 * minute);
  daemon.signOfLife('well');

  const answer = await ask('/healthz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ alive: false, stuck: ['sick'] });
  await expect.poll(() => well.requests.create).toBe(1);
});

/** Time passes, and each minute the API answers. */
async function answering(
  { clock, daemon }: Awaited<ReturnType<typeof served>>,
  ms: number,
  sign: 'read' | 'write' = 'read',
): Promise<void> {
  for (let passed = 0; passed < ms; passed += minute) {
    await clock.advance(minute);
    daemon.signOfLife('sick', sign);
  }
  await settled();
}

test('a pass that only reads is stuck after six hours', async () => {
  const running = await served({ specs: [anAccountThatHangs()] });

  await answering(running, 6 * hour);
  expect((await running.ask('/healthz')).status).toBe(200);
  await answering(running, minute);

  expect((await running.ask('/healthz')).status).toBe(503);
});

test('a pass that writes may take as long as it takes', async () => {
  const running = await served({ specs: [anAccountThatHangs()] });

  await answering(running, 5 * hour);
  await answering(running, minute, 'write');
  await answering(running, 5 * hour);

  expect((await running.ask('/healthz')).status).toBe(200);
});

const silenceMs = 300_000;

/** An account whose next pass is due at that time of the wall clock, and by the monotonic clock at 1000. */
function waiting(nextPass: number) {
  return { name: 'main', status: { ...startingStatus('main'), nextPass }, dueAt: 1_000, lastSign: 0, lastWrite: 0 };
}

test.each([
  { title: 'is overdue by both clocks', now: 61_000, silentMs: silenceMs + 1, stuck: ['main'] },
  { title: 'is due since a moment', now: 61_000, silentMs: silenceMs, stuck: [] },
  { title: 'waits for a schedule, and the wall clock was set back', now: 59_000, silentMs: silenceMs + 1, stuck: [] },
])('an account that $title: stuck are $stuck', ({ now, silentMs, stuck }) => {
  const clock = { now: () => now, monotonic: () => 1_000 + silentMs };

  expect(stuckAccounts([waiting(60_000)], clock)).toEqual(stuck);
});

test('a pass that only reads is stuck after six hours, whatever was done to the clock', () => {
  const status = { ...startingStatus('main'), runningSince: 1_000_000 };
  const view = { name: 'main', status, dueAt: 0, lastSign: 6 * hour, lastWrite: 0 };
  const stuckAt = (monotonic: number, now: number) =>
    stuckAccounts([view], { now: () => now, monotonic: () => monotonic });

  expect(stuckAt(6 * hour, 1_000_000 + 24 * hour)).toEqual([]);
  expect(stuckAt(6 * hour + 1, 0)).toEqual(['main']);
});

test('an account that waits for nothing is not stuck', () => {
  const view = { name: 'main', status: startingStatus('main'), dueAt: undefined, lastSign: 0, lastWrite: 0 };

  expect(stuckAccounts([view], { now: () => 9e9, monotonic: () => 9e9 })).toEqual([]);
});
