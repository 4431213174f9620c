import { describe, expect, test } from 'vitest';
import type { Application, ApplicationId } from '../../src/core/application/application.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { reportCode } from '../../src/core/exit-codes.ts';
import { emptyLedger } from '../../src/core/ledger/ledger.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { aDesiredState, aManifest, aRevision } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 30_000;

/** An account that has long owned these applications and has just lost the manifest of the first. */
async function losing(...names: readonly [string, ...string[]]): Promise<FakeAccount> {
  const account = new FakeAccount();
  account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  await account.pass();
  account.clock.advance(settleMs);
  account.declare(...names.slice(1).map((name) => aManifest({ name, formerly: [] })));
  return account;
}

function anOldId(old: Application | undefined): ApplicationId {
  if (old === undefined) throw new Error('nothing of that name is live');
  return old.id;
}

function names(account: FakeAccount): readonly string[] {
  return account.server.all().map(({ name }) => name);
}

describe('a delete', () => {
  test('reads once more, keeps the body, counts, and only then deletes', async () => {
    const account = await losing('Old', 'Kept');
    account.process.calls.length = 0;

    const { results } = await account.pass();

    const steps = account.process.calls.filter((call) => /get|keepBody|delete|remove/.test(call));
    expect(results).toMatchObject([{ outcome: 'applied', change: { action: 'delete', name: 'Old' } }]);
    expect(steps).toEqual([
      'api.get',
      'ledger.keepBody',
      'ledger.record delete-started',
      'api.remove',
      'ledger.record deleted',
    ]);
    expect(account.ledger.history.find(({ record }) => record.kind === 'delete-started')?.durable).toBe(true);
    expect([...account.ledger.bodies.values()]).toMatchObject([{ name: 'Old' }]);
    expect(account.ledger.disk.deletes).toMatchObject([{ name: 'Old' }]);
    expect(account.ledger.disk.entries.size).toBe(1);
    expect(names(account)).toEqual(['Kept']);
  });

  test('of an application that is gone already sends nothing and is a look', async () => {
    const account = await losing('Old', 'Kept');
    const old = account.server.all().find(({ name }) => name === 'Old');
    account.beforeNext('get', () => old && account.server.foreignRemove(old.id));

    const { plan, results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'skipped', skip: 'missing' }]);
    expect(reportCode(plan, results)).toBe(3);
    expect(account.requests.remove).toBe(0);
    expect(account.ledger.disk).toMatchObject({ deletes: [] });
    expect(account.ledger.disk.entries.get(anOldId(old))).toMatchObject({ missingAt: account.clock.now() });
    expect(account.ledger.history.find(({ record }) => record.kind === 'missing')?.durable).toBe(true);
  });

  test('does not happen while the manifests are being rewritten', async () => {
    const account = new FakeAccount();
    account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
    const both = ['Old', 'Kept'].map((name) => aManifest({ name, formerly: [] }));
    account.declare(...both);
    await account.pass();
    account.clock.advance(settleMs);
    const [, kept] = both;
    account.desired = aDesiredState({ manifests: kept === undefined ? [] : [kept], revision: aRevision('between') });
    const { ports } = account;
    let loads = 0;
    const source = {
      load: async () => {
        loads += 1;
        return loads === 1 ? account.desired : aDesiredState({ manifests: both });
      },
    };

    const { results } = await reconcile({ ...ports, source }, new AbortController().signal);

    expect(results).toMatchObject([
      { outcome: 'stale', reason: expect.stringContaining('no manifest counts as removed') },
    ]);
    expect(account.requests.remove).toBe(0);
  });

  test.each([
    { title: 'cannot be read any more', error: new ReconcilerError('E_SOURCE_UNREADABLE', { path: 'x', reason: 'y' }) },
    { title: 'make the program fail', error: new TypeError('a bug') },
  ])('does not happen when the manifests $title the second time', async ({ error }) => {
    const account = new FakeAccount();
    account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
    account.declare(...['Old', 'Kept'].map((name) => aManifest({ name, formerly: [] })));
    await account.pass();
    account.clock.advance(settleMs);
    account.declare(aManifest({ name: 'Kept', formerly: [] }));
    let loads = 0;
    const source = {
      load: async () => {
        loads += 1;
        if (loads > 1) throw error;
        return account.desired;
      },
    };

    await reconcile({ ...account.ports, source }, new AbortController().signal).catch((thrown) => {
      expect(thrown).toBe(error);
    });

    expect(account.requests.remove).toBe(0);
  });

  test('of an application that was written just now and that a replica does not know yet is no look', async () => {
    const account = new FakeAccount();
    account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
    account.declare(...['Old', 'Kept'].map((name) => aManifest({ name, formerly: [] })));
    await account.pass();
    account.clock.advance(settleMs - 1_001); // the manifests are read again a second later
    account.declare(aManifest({ name: 'Kept', formerly: [] }));
    account.beforeNext('get', () => {
      account.server.outage = true;
    });

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'skipped', skip: 'missing' }]);
    expect(account.ledger.history.filter(({ record }) => record.kind === 'missing')).toEqual([]);
    expect(account.requests.remove).toBe(0);
  });

  test('of an application that is not there and was released meanwhile is no look', async () => {
    const account = await losing('Old', 'Kept');
    account.beforeNext('get', () => {
      account.server.outage = true;
      account.ledger.put(emptyLedger);
    });

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'skipped', skip: 'missing' }]);
    expect(account.ledger.history.filter(({ record }) => record.kind === 'missing')).toEqual([]);
  });

  test('of an application that is gone already does not hold up the deletes behind it', async () => {
    const account = await losing('Old', 'Older', 'Kept');
    account.declare(aManifest({ name: 'Kept', formerly: [] }));
    const old = account.server.all().find(({ name }) => name === 'Old');
    account.beforeNext('get', () => old && account.server.foreignRemove(old.id));

    const { results } = await account.pass();

    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['applied', 'skipped']);
    expect(names(account)).toEqual(['Kept']);
    expect(account.ledger.disk.entries.size).toBe(2);
  });

  test('of an application that is gone already ends its entry once a later listing agrees', async () => {
    const account = await losing('Old', 'Kept');
    const old = account.server.all().find(({ name }) => name === 'Old');
    account.beforeNext('get', () => old && account.server.foreignRemove(old.id));
    await account.pass();

    const early = await account.pass();
    const held = account.ledger.disk.entries.size;
    account.clock.advance(settleMs);
    const { plan } = await account.pass();

    expect(early.plan.skips).toContainEqual(expect.objectContaining({ reason: 'missing', name: 'Old' }));
    expect(held).toBe(2);
    expect(plan.skips.map(({ reason }) => reason)).not.toContain('missing');
    expect(account.ledger.disk.entries.size).toBe(1);
    expect(account.requests.remove).toBe(0);
  });

  test('that a replica says is gone already is sent when the application is there again', async () => {
    const account = await losing('Old', 'Kept');
    account.beforeNext('get', () => {
      account.server.outage = true;
    });
    await account.pass();
    account.heal();
    account.clock.advance(settleMs);

    await account.pass();

    expect(account.requests.remove).toBe(1);
    expect(names(account)).toEqual(['Kept']);
  });

  test('whose GET before it fails has failed, and nothing was sent', async () => {
    const account = await losing('Old', 'Kept');
    account.fail('get', 'failing');

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'failed', error: { code: 'E_API_UNREACHABLE' } }]);
    expect(account.requests.remove).toBe(0);
    expect(account.ledger.disk.deletes).toEqual([]);
  });

  test('of an application that another writer changed since is stale', async () => {
    const account = await losing('Old', 'Kept');
    const old = account.server.all().find(({ name }) => name === 'Old');
    account.beforeNext(
      'get',
      () => old && account.server.foreignChange(old.id, (body) => ({ ...body, name: 'In use' })),
    );

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale' }]);
    expect(names(account).toSorted()).toEqual(['In use', 'Kept']);
  });

  test('is possible where listings show no keys', async () => {
    const account = await losing('Old', 'Kept');
    account.listKeys = false;

    await account.pass();

    expect(names(account)).toEqual(['Kept']);
  });

  test.each([
    { title: 'refused', error: new ReconcilerError('E_API_REJECTED', { status: 400 }), counted: 0 },
    {
      title: 'refused by a proxy',
      error: new ReconcilerError('E_API_RESPONSE_UNREADABLE', { status: 401 }),
      counted: 0,
    },
    { title: 'forbidden', error: new ReconcilerError('E_API_FORBIDDEN', { status: 403 }), counted: 0 },
    { title: 'lost', error: new ReconcilerError('E_API_NO_RESPONSE', {}), counted: 1, outcome: 'unknown' },
    { title: 'broken', error: new Error('broken'), counted: 1 },
  ])('that was $title counts $counted times', async ({ error, counted, outcome = 'failed' }) => {
    const account = await losing('Old', 'Kept');
    account.fail('remove', error);

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome, error }]);
    expect(account.ledger.disk.deletes).toHaveLength(counted);
    expect(account.ledger.disk.entries.size).toBe(2);
  });

  test('whose response was lost is unknown: over after two checks if it took effect, and counted once', async () => {
    const account = await losing('Old', 'Kept');
    account.fail('remove', 'lost-after');

    const { plan, results } = await account.pass();
    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(results).toMatchObject([{ outcome: 'unknown' }]);
    expect(reportCode(plan, results)).toBe(4);
    expect(names(account)).toEqual(['Kept']);
    expect(account.ledger.disk.entries.size).toBe(1);
    expect(account.ledger.disk.deletes).toHaveLength(1);
  });

  test('whose response was lost and that took no effect is sent again, and counted once', async () => {
    const account = await losing('Old', 'Kept');
    account.fail('remove', 'lost-before');

    await account.pass();
    await account.pass();

    expect(names(account)).toEqual(['Kept']);
    expect(account.ledger.disk.deletes).toHaveLength(1);
  });

  test.each(['create', 'replace'] as const)('waits for another pass when a %s did not succeed', async (call) => {
    const account = await losing('Old', 'Kept');
    account.declare(
      aManifest({ name: 'Kept', spec: { privacy: { improve_ai: true } } }),
      aManifest({ name: 'New', formerly: [] }),
    );
    account.fail(call, 'refused');

    const { results } = await account.pass();

    expect(results.at(-1)).toMatchObject({
      outcome: 'skipped',
      change: { action: 'delete' },
      reason: '1 other changes did not succeed, and deletes come last',
    });
    expect(names(account)).toContain('Old');
  });

  test('comes after everything else', async () => {
    const account = await losing('Old', 'Kept');
    account.declare(aManifest({ name: 'Renamed', formerly: ['Kept'] }), aManifest({ name: 'New', formerly: [] }));

    const { results } = await account.pass();

    expect(results.map(({ change }) => change.action)).toEqual(['update', 'create', 'delete']);
  });

  test('that failed does not stop the next one', async () => {
    const account = await losing('Old', 'Older', 'Kept');
    account.declare(aManifest({ name: 'Kept', formerly: [] }));
    account.fail('remove', 'refused');

    const { results } = await account.pass();

    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['applied', 'failed']);
  });
});
