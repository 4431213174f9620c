import { expect, test } from 'vitest';
import { planPass, runPass } from '../../src/pass/pass.ts';
import { noPauses } from '../../src/pass/pauses.ts';
import type { ChangeGate } from '../../src/reconcile/ports.ts';
import { aManifest } from '../builders.ts';
import { aConfig, approvalsInMemory, aSpec } from '../daemon/fakes.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

const dayMs = 24 * 60 * 60 * 1000;
const { signal } = new AbortController();
const open: ChangeGate = { enter: async () => ({ outcome: 'entered', leave: () => undefined }) };

/** An account of three, of which one was deleted just now. */
async function afterDelete() {
  const fake = new FakeAccount();
  fake.allow({ policy: 'sync', deletes: { max: 1, maxPercent: 100, per24h: 1 } });
  fake.declare(...['a', 'b', 'c'].map((name) => aManifest({ name })));
  const account = await aSpec(aConfig(), fake).open();
  await runPass(account, { pauses: noPauses, gate: open, approvals: approvalsInMemory() }, signal);
  fake.declare(...['b', 'c'].map((name) => aManifest({ name })));
  await runPass(account, { pauses: noPauses, gate: open, approvals: approvalsInMemory() }, signal);
  expect(fake.requests.remove).toBe(1);
  fake.declare(aManifest({ name: 'c' }));
  return { fake, account };
}

test('a clock set ahead opened the delete budget: it stays shut while the API tells the time', async () => {
  const { fake, account } = await afterDelete();
  fake.serverTime = fake.clock.now();
  fake.clock.set(2 * dayMs);

  const end = await runPass(account, { pauses: noPauses, gate: open, approvals: approvalsInMemory() }, signal);

  expect(fake.requests.remove).toBe(1);
  expect(end.deletesLeft).toBe(0);
  expect(end.plan.guards.map(({ guard }) => guard)).toEqual(['deletes-per-24h']);
  expect(end.plan.notices.map(({ kind }) => kind)).toEqual(['clock-skew']);
});

test('a pass that only plans shows the same budget', async () => {
  const { fake, account } = await afterDelete();
  fake.serverTime = fake.clock.now();
  fake.clock.set(2 * dayMs);

  const end = await planPass(account, noPauses, signal);

  expect(end.deletesLeft).toBe(0);
});

test('the budget opens when a day has passed by both clocks', async () => {
  const { fake, account } = await afterDelete();
  fake.clock.advance(dayMs);
  fake.serverTime = fake.clock.now();

  const end = await planPass(account, noPauses, signal);

  expect(end.deletesLeft).toBe(1);
});

test('a plan says how long its listing took, whatever else the pass waits for', async () => {
  const fake = new FakeAccount();
  const list = fake.list.bind(fake);
  const load = fake.ledger.load.bind(fake.ledger);
  fake.list = async (options) => {
    fake.clock.advance(2_000);
    return list(options);
  };
  fake.ledger.load = async () => {
    fake.clock.advance(5_000);
    return load();
  };

  const { plan } = await planPass(await aSpec(aConfig(), fake).open(), noPauses, signal);

  expect(plan.listing.tookMs).toBe(2_000);
});
