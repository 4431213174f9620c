import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { aLog } from './builders.ts';
import { aConfig, aSpec, aStore } from './fakes.ts';
import { ManualClock, settled } from './manual-clock.ts';

function aDaemon(store = aStore()) {
  const clock = new ManualClock();
  const log = aLog();
  const daemon = new Daemon({ clock, random: () => 0.5, log: () => log, store: () => store, tell: () => undefined });
  return { daemon, clock, log, store };
}

test('accounts come, go on and go with the configuration', async () => {
  const { daemon } = aDaemon();
  const [first, second, third] = [aSpec(aConfig('first')), aSpec(aConfig('second')), aSpec(aConfig('third'))];
  daemon.use([first, second]);
  await settled();

  const next = aSpec(aConfig('first'));
  daemon.use([next, third]);
  await settled();

  expect(daemon.accounts.map(({ name }) => name)).toEqual(['first', 'third']);
  expect([first.closed, second.closed, next.opened, third.opened]).toEqual([1, 1, 1, 1]);
  await daemon.stop();
  daemon.use([first]);
  expect(daemon.accounts).toEqual([]);
});

test('one failing account never stops the others', async () => {
  const { daemon, clock } = aDaemon();
  const sick = new FakeAccount();
  sick.fail('list', ...Array.from({ length: 20 }, () => new ReconcilerError('E_API_FAILED', { url: 'x' })));
  const well = new FakeAccount();
  daemon.use([aSpec(aConfig('sick'), sick), aSpec(aConfig('well'), well)]);
  await settled();
  well.declare(aManifest());

  await clock.advance(100_000);

  expect(daemon.account('sick')?.status.failures).toBeGreaterThan(0);
  expect(well.requests.create).toBe(1);
  await daemon.stop();
});

test('an unexpected error of one account stops neither the others nor the daemon', async () => {
  const { daemon, clock, log } = aDaemon();
  const sick = new FakeAccount();
  sick.fail('list', ...Array.from({ length: 20 }, () => new RangeError('Invalid array length: hunter22')));
  const well = new FakeAccount();
  daemon.use([aSpec(aConfig('sick'), sick), aSpec(aConfig('well'), well)]);
  await settled();
  well.declare(aManifest());

  await clock.advance(100_000);

  const { error, failures } = daemon.account('sick')?.status ?? {};
  expect(failures).toBe(2);
  expect(error).toMatchObject({ code: 'E_UNEXPECTED', message: expect.not.stringContaining('hunter22') });
  expect(well.requests.create).toBe(1);
  const failed = log.lines.find(({ message }) => message === 'pass failed');
  expect(failed).toMatchObject({ level: 'error', fields: { err: { cause: { stack: expect.any(String) } } } });
  await expect(Promise.race([daemon.broken, settled()])).resolves.toBeUndefined();
  await daemon.stop();
});

test('what is thrown outside any pass breaks the daemon', async () => {
  const tell = () => {
    throw new TypeError('a bug');
  };
  const options = { clock: new ManualClock(), random: () => 0.5, log: () => aLog(), store: () => aStore() };
  const daemon = new Daemon({ ...options, tell });
  daemon.use([aSpec()]);

  await expect(daemon.broken).rejects.toThrow('a bug');
  await daemon.stop();
});

test('a history that cannot be written is said, and passes go on', async () => {
  const store = aStore();
  store.history.append = async () => {
    throw new ReconcilerError('E_STATE_UNUSABLE', { path: '/state', reason: 'ENOSPC' });
  };
  const { daemon, log, clock } = aDaemon(store);
  daemon.use([aSpec()]);
  await settled();
  await clock.advance(100_000);

  expect(log.lines.map(({ message }) => message)).toContain('history not written');
  expect(daemon.account('main')?.status.pass).toBe(2);
  await daemon.stop();
});

test('the count of quiet passes is written at the end', async () => {
  const { daemon, clock, store } = aDaemon();
  daemon.use([aSpec()]);
  await settled();
  await clock.advance(100_000);

  await daemon.stop();

  expect(store.events).toMatchObject([{ event: 'pass' }, { event: 'same', passes: 1 }]);
});
