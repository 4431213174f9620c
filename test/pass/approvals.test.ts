import { describe, expect, test } from 'vitest';
import { type Approval, type ApprovalStore, approvalMs, isOpen, overridesFor } from '../../src/pass/approvals.ts';
import { approvePlan } from '../../src/pass/approve.ts';
import { planPass, runPass } from '../../src/pass/pass.ts';
import { noPauses } from '../../src/pass/pauses.ts';
import type { ChangeGate } from '../../src/reconcile/ports.ts';
import { aManifest } from '../builders.ts';
import { aConfig, approvalsInMemory, aSpec, aStore, type FakeStore } from '../daemon/fakes.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

const { signal } = new AbortController();
const gate: ChangeGate = { enter: async () => ({ outcome: 'entered', leave: () => undefined }) };
const voice = { capabilities: { voice: {} } };
const given = { by: 'http', reason: 'CHG-42' };

const approval: Approval = { planHash: 'beef', allow: {}, ...given, at: 1_000, until: 1_000 + approvalMs };

test.each([
  { title: 'is open at once', now: 1_000, more: {}, open: true },
  { title: 'is open for a day', now: 1_000 + approvalMs - 1, more: {}, open: true },
  { title: 'is over after a day', now: 1_000 + approvalMs, more: {}, open: false },
  { title: 'is over once it was used', now: 2_000, more: { used: 1_500 }, open: false },
  { title: 'of a clock that is a little ahead is open', now: 0, more: {}, open: true },
  { title: 'is not open on a clock that was set back', now: -approvalMs, more: {}, open: false },
])('an approval $title', ({ now, more, open }) => {
  expect(isOpen({ ...approval, ...more }, now)).toBe(open);
});

test('what is allowed replaces the numbers of exactly those guards', () => {
  expect(overridesFor({})).toEqual({ allowRemovals: [], allowLinked: [], healFights: false });
  expect(overridesFor({ deletes: 7, updates: 8, creates: 9, removals: ['Support'], linked: ['IVR'] })).toEqual({
    allowDeletes: 7,
    allowUpdates: 8,
    allowCreates: 9,
    allowRemovals: ['Support'],
    allowLinked: ['IVR'],
    healFights: false,
  });
});

/** An account of four whose changes wait for approval. */
async function anAccount() {
  const fake = new FakeAccount();
  fake.allow({ policy: 'sync' });
  fake.declare(...['a', 'b', 'c', 'd'].map((name) => aManifest({ name })));
  const store = aStore();
  const account = await aSpec(aConfig(), fake).open();
  const pass = () => runPass(account, { pauses: noPauses, gate, approvals: store.approvals }, signal);
  await pass();
  fake.allow({ onCommit: 'ask' });
  const approve = async (allow = {}, planHash?: string) => {
    const { plan } = await planPass(account, noPauses, signal);
    return approvePlan(account, store, { planHash: planHash ?? plan.planHash ?? 'none', allow, ...given }, signal);
  };
  return { fake, store, account, pass, approve };
}

/** What the store holds at this very moment. */
function used({ approvals }: FakeStore): Approval | undefined {
  return (approvals as ReturnType<typeof approvalsInMemory>).last;
}

describe('an approved plan', () => {
  test('is made by the next pass, once; the approval is used up before the first write', async () => {
    const { fake, store, pass, approve } = await anAccount();
    fake.declare(...['a', 'b', 'c', 'd', 'e'].map((name) => aManifest({ name })));
    const { planHash } = await approve();
    let usedBefore: Approval | undefined;
    fake.beforeNext('create', () => {
      usedBefore = used(store);
    });

    const end = await pass();
    fake.declare(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => aManifest({ name })));
    const next = await pass();

    expect(usedBefore).toMatchObject({ planHash, used: expect.any(Number) });
    expect(end).toMatchObject({ approved: true, approval: { planHash, used: expect.any(Number) } });
    expect(end.results).toMatchObject([{ outcome: 'applied', change: { name: 'e' } }]);
    expect(next.approved).toBeUndefined();
    expect(next.plan.skips.find(({ name }) => name === 'f')?.reason).toBe('waiting');
  });

  test('is not made when it is another one by then, and what was allowed holds for nothing', async () => {
    const { fake, pass, approve } = await anAccount();
    fake.declare(...['a', 'b', 'c', 'd'].map((name) => aManifest({ name, spec: voice })));
    await approve({ deletes: 9 });
    fake.declare();
    fake.desired = { ...fake.desired, manifests: [aManifest({ name: 'd' })] };

    const end = await pass();

    expect(end.results).toEqual([]);
    expect(end.approved).toBeUndefined();
    expect(end.plan.guards).toMatchObject([{ guard: 'deletes-max' }]);
  });

  test('lets through a guard exactly what was allowed', async () => {
    const { fake, pass, approve } = await anAccount();
    fake.declare(aManifest({ name: 'd' }), aManifest({ name: 'Quite another', spec: voice }));
    await approve();
    const blocked = await pass();
    await approve({ deletes: 3 });
    const allowed = await pass();

    expect(blocked.results.map(({ change }) => `${change.action} ${change.name}`)).toEqual(['create Quite another']);
    expect(allowed.results.map(({ change }) => `${change.action} ${change.name}`)).toEqual([
      'delete a',
      'delete b',
      'delete c',
    ]);
  });

  test('that nothing would come of is not approved', async () => {
    const { fake, approve } = await anAccount();
    fake.declare(aManifest({ name: 'd' }));

    await expect(approve()).rejects.toMatchObject({
      code: 'E_REFUSED',
      message: expect.stringContaining('guard deletes-max: 3 of 4 owned applications would be deleted'),
    });
  });

  test.each([
    { title: 'a hash of another plan', hash: 'f'.repeat(64) },
    { title: 'what nobody would let through: there is no hash', hash: 'none' },
  ])('is not $title', async ({ hash }) => {
    const { approve } = await anAccount();

    await expect(approve({}, hash)).rejects.toMatchObject({ code: 'E_PLAN_CHANGED' });
  });

  test('is told by its new hash when an allowance would do more than what was seen', async () => {
    const { fake, account, approve, pass } = await anAccount();
    fake.allow({ policy: 'upsert', onCommit: 'apply' });
    fake.declare(...['b', 'c', 'd'].map((name) => aManifest({ name })));
    await pass();
    fake.allow({ policy: 'sync', onCommit: 'ask' });
    fake.declare(...['c', 'd'].map((name) => aManifest({ name })));
    const { plan } = await planPass(account, noPauses, signal);

    const refused = await approve({ deletes: 5 }).catch((error: unknown) => error);

    expect(plan.skips.map(({ reason, name }) => `${reason} ${name}`)).toEqual(
      expect.arrayContaining(['kept a', 'waiting b']),
    );
    expect(refused).toMatchObject({
      code: 'E_PLAN_CHANGED',
      details: { planHash: expect.not.stringMatching(plan.planHash ?? '') },
    });
  });

  test('is not used up by a plan of its hash that is made without what was allowed', async () => {
    const { fake, store, approve, pass } = await anAccount();
    fake.allow({ policy: 'upsert', onCommit: 'apply' });
    fake.declare(...['b', 'c', 'd'].map((name) => aManifest({ name })));
    await pass();
    fake.allow({ policy: 'sync', onCommit: 'ask' });
    fake.declare(...['c', 'd'].map((name) => aManifest({ name })));
    const { planHash } = await approve();
    await store.approvals.save({ ...approval, planHash, allow: { deletes: 5 }, at: 0, until: Number.MAX_SAFE_INTEGER });

    const end = await pass();

    expect(end.plan.planHash).toBe(planHash);
    expect(end.results).toEqual([]);
    expect([end.approved, used(store)?.used]).toEqual([undefined, undefined]);
  });

  test('waits while the account is paused', async () => {
    const { fake, store, approve } = await anAccount();
    fake.declare(aManifest({ name: 'e' }));
    store.saved = { account: { reason: 'INC-1', since: 0 }, applications: {} };

    await expect(approve()).rejects.toMatchObject({ code: 'E_PAUSED' });
  });

  test('writes nothing when the approval cannot be used up', async () => {
    const { fake, store, pass, approve } = await anAccount();
    fake.declare(...['a', 'b', 'c', 'd', 'e'].map((name) => aManifest({ name })));
    await approve();
    const { create } = fake.requests;
    const failing = { ...store.approvals, spend: async () => Promise.reject(new Error('disk full')) };
    const account = await aSpec(aConfig(), fake).open();

    await expect(runPass(account, { pauses: noPauses, gate, approvals: failing }, signal)).rejects.toThrow('disk full');
    expect(fake.requests.create).toBe(create);
    await pass();
    expect(fake.requests.create).toBe(create + 1);
  });

  test('is asked for again after a crash right before the first write', async () => {
    const { fake, store, pass, approve } = await anAccount();
    fake.declare(...['a', 'b', 'c', 'd', 'e'].map((name) => aManifest({ name })));
    await approve();
    const { create } = fake.requests;
    const killed: ApprovalStore = {
      ...store.approvals,
      spend: async (used, at) => {
        await store.approvals.spend(used, at);
        throw new Error('killed');
      },
    };
    const account = await aSpec(aConfig(), fake).open();
    await expect(runPass(account, { pauses: noPauses, gate, approvals: killed }, signal)).rejects.toThrow('killed');

    const next = await pass();

    expect(fake.requests.create).toBe(create);
    expect(next.plan.skips.find(({ name }) => name === 'e')?.reason).toBe('waiting');
  });

  test('that is no longer what the plan saw right before the write is not made in another way', async () => {
    const { fake, pass, approve } = await anAccount();
    fake.declare(...['a', 'b', 'c', 'd'].map((name) => aManifest({ name, spec: name === 'a' ? voice : {} })));
    await approve();
    const a = (await fake.plan()).skips.find(({ name }) => name === 'a');
    fake.beforeNext('get', () => {
      if (a?.id !== undefined) fake.server.foreignChange(a.id, (body) => ({ ...body, capabilities: { messages: {} } }));
    });

    const end = await pass();

    expect(end.results).toMatchObject([{ outcome: 'stale' }]);
  });

  test('is told until its time is over', async () => {
    const { fake, store, pass } = await anAccount();
    await store.approvals.save({ ...approval, at: fake.clock.now(), until: fake.clock.now() + approvalMs });

    const shown = await pass();
    fake.clock.set(fake.clock.now() + approvalMs);
    const over = await pass();

    expect(shown.approval).toMatchObject({ planHash: 'beef' });
    expect(over.approval).toBeUndefined();
  });
});

test('approvals in memory are as those on a disk', async () => {
  const store = approvalsInMemory();
  await store.save(approval);
  await store.spend(approval, 5);

  expect(await store.load()).toEqual({ ...approval, used: 5 });
});
