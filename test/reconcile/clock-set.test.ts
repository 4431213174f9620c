import { describe, expect, test } from 'vitest';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 30_000;
const dayMs = 24 * 60 * 60 * 1000;
const jumps = [
  { title: 'ahead', jumpMs: dayMs },
  { title: 'back', jumpMs: -dayMs },
];

function anAccount(): FakeAccount {
  const account = new FakeAccount();
  account.declare(aManifest({ name: 'Support', formerly: [] }));
  return account;
}

describe.each(jumps)('the clock is set $title while a create is undecided', ({ jumpMs }) => {
  test('and the passes of one process wait for the settle time, neither less nor more', async () => {
    const account = anAccount();
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.set(jumpMs);

    account.clock.advance(settleMs - 1);
    await account.pass();
    const early = account.requests.create;
    account.clock.advance(1);
    await account.pass();

    expect({ early, late: account.requests.create }).toEqual({ early: 1, late: 2 });
  });

  test('and a create that takes effect within the settle time is not doubled', async () => {
    const account = anAccount();
    account.fail('create', 'late');
    await account.pass();
    account.clock.set(jumpMs);
    await account.pass();

    account.clock.advance(settleMs);
    await account.pass();

    expect(account.server.all().map(({ name }) => name)).toEqual(['Support']);
  });

  test('and apply waits out what is left of the settle time', async () => {
    const account = anAccount();
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.advance(10_000);
    account.clock.set(jumpMs);

    await account.apply();

    expect(account.clock.slept).toEqual([20_000]);
    expect(account.requests.create).toBe(2);
  });

  test('and apply is waiting: its wait stays as long as it was', async () => {
    const account = anAccount();
    account.fail('create', 'lost-before');
    const sleep = account.clock.sleep.bind(account.clock);
    account.clock.sleep = async (ms, signal) => {
      account.clock.set(jumpMs);
      await sleep(ms, signal);
    };

    const { results } = await account.apply();

    expect(account.clock.slept).toEqual([settleMs]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied']);
  });

  test('and it was set while the end of the POST was being recorded', async () => {
    const account = anAccount();
    account.fail('create', 'lost-before');
    const { ledger } = account;
    const record = ledger.record.bind(ledger);
    ledger.record = async (records, options) => {
      const written = record(records, options);
      const ends = records.some((one) => one.kind === 'intent' && one.intent.endedAt !== undefined);
      if (ends) account.clock.set(jumpMs);
      await written;
    };
    await account.pass();

    account.clock.advance(settleMs - 1);
    await account.pass();

    expect(account.requests.create).toBe(1);
  });
});

test('a timer that is early does not cut the settle time short', async () => {
  const account = anAccount();
  account.fail('create', 'lost-before');
  const sleep = account.clock.sleep.bind(account.clock);
  account.clock.sleep = (ms, signal) => sleep(ms > 1 ? ms - 1 : ms, signal);

  const { results } = await account.apply();

  expect(account.clock.slept).toEqual([settleMs - 1, 1]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['applied']);
});

describe('a create that ended in the future, by the clock of another process', () => {
  async function ofTheFuture(): Promise<FakeAccount> {
    const account = anAccount();
    account.fail('create', 'lost-before');
    await account.pass();
    account.restart();
    account.clock.set(-dayMs);
    return account;
  }

  test('holds a plan that writes nothing up for one settle time, and no longer', async () => {
    const account = await ofTheFuture();

    const first = await account.plan();
    account.clock.advance(settleMs - 1);
    const second = await account.plan();
    account.clock.advance(1);
    const third = await account.plan();

    const actions = [first, second, third].map(({ changes }) => changes.map(({ action }) => action));
    expect(actions).toEqual([[], [], ['create']]);
  });

  test('is written down as ended now by the first pass, so that a third process does not wait anew', async () => {
    const account = await ofTheFuture();
    await account.pass();
    account.restart();
    account.clock.advance(settleMs);

    await account.pass();

    expect(account.requests.create).toBe(2);
  });

  test('of which another process knows when it first saw it is not waited for anew when it is written down', async () => {
    const account = await ofTheFuture();
    await account.plan();
    account.clock.advance(20_000);

    await account.apply();

    expect(account.clock.slept).toEqual([10_000]);
  });
});
