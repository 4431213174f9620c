import { describe, expect, test } from 'vitest';
import { emptyLedger } from '../../src/core/ledger/ledger.ts';
import { settleIntents } from '../../src/reconcile/settle.ts';
import { aDesiredState, aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 30_000;
const dayMs = 24 * 60 * 60 * 1000;

function anAccount(...names: readonly string[]): FakeAccount {
  const account = new FakeAccount();
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  return account;
}

async function crashed(account: FakeAccount, call: string, when: 'before' | 'after'): Promise<void> {
  account.process.crashIn(call, when);
  await account.pass().catch(() => undefined);
  expect(account.process.dead).toBe(true);
  account.restart();
}

describe('a pass that begins after a crash', () => {
  test.each([
    { call: 'ledger.record intent', when: 'before', waits: false },
    { call: 'ledger.record intent', when: 'after', waits: true },
    { call: 'keys.deliver', when: 'after', waits: true },
    { call: 'api.create', when: 'before', waits: true },
    { call: 'api.create', when: 'after', waits: false },
    { call: 'ledger.record entry', when: 'before', waits: false },
    { call: 'ledger.record entry', when: 'after', waits: false },
    { call: 'keys.label', when: 'after', waits: false },
  ] as const)('$when $call ends with one application and its key', async ({ call, when, waits }) => {
    const account = anAccount('Support');
    await crashed(account, call, when);

    const next = await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    const [entry, ...others] = account.ledger.disk.entries.values();
    expect(next.plan.skips.some(({ reason }) => reason === 'undecided')).toBe(waits);
    expect(account.server.all().map(({ name }) => name)).toEqual(['Support']);
    expect(others).toEqual([]);
    expect(account.keys.folder).toContain(entry?.keyFingerprint);
    expect(account.ledger.disk.intents).toEqual([]);
  });

  test('of a process that died on its POST counts the settle time from now', async () => {
    const account = anAccount('Support');
    await crashed(account, 'api.create', 'before');
    account.clock.advance(dayMs);

    await account.pass();

    expect(account.ledger.disk.intents).toMatchObject([{ endedAt: account.clock.now() }]);
  });

  test('without an open intent reads the account once', async () => {
    const account = anAccount('Support');
    await account.pass();
    account.requests.list = 0;

    await account.pass();

    expect(account.requests.list).toBe(1);
    expect(account.server.writes).toBe(1);
  });

  test('finds a lost create by GET where listings show no keys', async () => {
    const account = anAccount('Support');
    account.listKeys = false;
    account.fail('create', 'lost-after');
    await account.pass();

    await account.pass();

    expect(account.ledger.disk.entries.size).toBe(1);
    expect(account.server.all()).toHaveLength(1);
  });

  test('asks for no keys of applications that cannot be the lost one, nor of one that went meanwhile', async () => {
    const account = anAccount('Support');
    account.listKeys = false;
    const other = account.server.foreignCreate({ name: 'Other' });
    account.fail('create', 'lost-after');
    await account.pass();
    const lost = account.server.all().find(({ name }) => name === 'Support');
    account.beforeNext('get', () => lost && account.server.foreignRemove(lost.id));

    await settleIntents(account.ports);

    expect(account.requests.get).toBe(1);
    expect(account.ledger.disk.entries.size).toBe(0);
    expect(account.server.get(other.id)).toBeDefined();
  });

  test('decides nothing by a fingerprint that two applications show', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-after');
    await account.pass();
    const [lost] = account.server.all();
    account.server.foreignCreate({ ...lost?.body, name: 'Copy' });

    const { plan, results } = await account.pass();

    expect(account.ledger.disk.entries.size).toBe(0);
    expect(results).toEqual([]);
    expect(plan.skips.map(({ reason }) => reason)).toContain('conflict');
  });

  test('labels the key of a lost create with its application, and tells that it was found', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-after');

    await account.pass();
    expect(account.found).toEqual([]);
    await account.pass();
    await account.pass();

    expect(account.found).toEqual([{ id: account.server.all()[0]?.id, name: 'Support' }]);

    const [entry] = account.ledger.disk.entries.values();
    expect(account.keys.labels.get(entry?.keyFingerprint ?? '')).toEqual({ name: 'Support', id: entry?.id });
  });
});

describe('a private key that no record names', () => {
  test('is told, and claimed as an intent without a name', async () => {
    const account = anAccount();
    const key = account.keys.plant();

    await account.pass();

    expect(account.ledger.disk.intents).toMatchObject([{ fingerprint: key.fingerprint, keyGenerated: true }]);
    expect(account.ledger.disk.intents[0]).not.toHaveProperty('name');
    expect(account.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'private keys without a record found' }),
    );
  });

  test('finds its application again after the ledger was lost', async () => {
    const account = anAccount('Support');
    await account.pass();
    const [{ id } = { id: undefined }] = account.server.all();
    account.ledger.put(emptyLedger);

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([{ id, name: 'Support', keyGenerated: true }]);
    expect(account.server.all()).toHaveLength(1);
  });

  test('does not make its application deletable: the lost ledger may have protected it', async () => {
    const account = anAccount('Support', 'Other');
    account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
    account.declare(aManifest({ deletionPolicy: 'protect' }), aManifest({ name: 'Other' }));
    await account.pass();
    account.ledger.put(emptyLedger);
    account.desired = aDesiredState({ manifests: [aManifest({ name: 'Other' })] });

    await account.pass();
    const { plan } = await account.pass();

    expect(
      account.server
        .all()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Other', 'Support']);
    expect(plan.skips).toContainEqual(expect.objectContaining({ name: 'Support', reason: 'protected' }));
  });

  test('is given up after seven days and stays in the directory', async () => {
    const account = anAccount('Support');
    const key = account.keys.plant();
    await account.pass();
    account.clock.advance(7 * dayMs + 1);

    await account.pass();

    expect(account.ledger.disk.intents).toEqual([]);
    expect(account.ledger.disk.retired).toMatchObject([{ fingerprint: key.fingerprint, reason: 'abandoned' }]);
    expect(account.keys.folder).toContain(key.fingerprint);
  });

  test('keeps creates waiting for the settle time: its application may not be listed yet', async () => {
    const account = anAccount('Support');
    account.server.lagMs = settleMs / 2;
    await account.pass();
    account.ledger.put(emptyLedger);

    const { plan } = await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(plan.skips).toMatchObject([{ reason: 'undecided', name: 'Support' }]);
    expect(account.server.all()).toHaveLength(1);
    expect(account.ledger.disk.entries.size).toBe(1);
  });
});
