import { describe, expect, test } from 'vitest';
import type { Notice } from '../../src/core/plan/notice.ts';
import { findTwins } from '../../src/reconcile/find-twins.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 30_000;

/** An account that owns `Support`; neither listings show keys, nor do passes ask for them. */
async function owningSupport(): Promise<FakeAccount> {
  const account = new FakeAccount();
  account.listKeys = false;
  account.declare(aManifest({ name: 'Support' }));
  await account.pass();
  account.clock.advance(settleMs);
  account.requests.get = 0;
  return account;
}

function idOf(account: FakeAccount, nth: number): string {
  return account.server.all()[nth]?.id ?? '';
}

function find(account: FakeAccount): Promise<readonly Notice[]> {
  return findTwins(account.desired, account.ports, new AbortController().signal);
}

/** Somebody's application with the key of ours. */
function copyOfOurs(account: FakeAccount, name: string): void {
  const [ours] = account.server.all();
  account.server.foreignCreate({ ...ours?.body, name });
}

describe('twins', () => {
  test('by key are found where listings show none, by a GET of each namesake', async () => {
    const account = await owningSupport();
    account.declare(aManifest({ name: 'Support', formerly: [] }));
    copyOfOurs(account, ' support');
    account.server.foreignCreate({ name: 'Something else' });

    const { notices } = await account.plan();
    const twins = await find(account);

    expect(notices).toEqual([]);
    expect(twins).toMatchObject([{ kind: 'twin', name: 'Support', ids: [idOf(account, 0), idOf(account, 1)] }]);
    expect(twins[0]?.message).toContain('shows the public key');
    expect(account.requests.get).toBe(1);
  });

  test('by key and another name are not found on a listing without keys', async () => {
    const account = await owningSupport();
    copyOfOurs(account, 'Something else');

    expect(await find(account)).toEqual([]);
    expect(account.requests.get).toBe(0);
  });

  test('are seen without a GET where listings show keys', async () => {
    const account = await owningSupport();
    account.listKeys = true;
    copyOfOurs(account, 'Support');
    copyOfOurs(account, 'Something else');

    const twins = await find(account);

    expect(twins.map(({ ids }) => ids?.at(-1))).toEqual([idOf(account, 1), idOf(account, 2)]);
    expect(account.requests.get).toBe(0);
  });

  test('of an undecided create are found by the name it was sent under', async () => {
    const account = await owningSupport();
    account.declare(aManifest({ name: 'Support' }), aManifest({ name: 'Lost', formerly: [] }));
    account.fail('create', 'lost-after');
    await account.pass();
    const lost = account.server.all().find(({ name }) => name === 'Lost');
    account.server.foreignCreate({ ...lost?.body });

    const twins = await find(account);

    expect(twins.map(({ name, ids }) => [name, ids])).toEqual([
      ['Lost', [lost?.id]],
      ['Lost', [idOf(account, 2)]],
    ]);
  });

  test('that went between listing and GET, or have no key, are told by their name', async () => {
    const account = await owningSupport();
    copyOfOurs(account, 'Support');
    account.server.foreignCreate({ name: 'support' });
    account.beforeNext('get', () => account.server.foreignRemove(account.server.all()[1]?.id ?? fail()));

    const twins = await find(account);

    expect(twins.map(({ message }) => message.includes('has the same name'))).toEqual([true, true]);
  });

  test('come from nothing: what is missing is no reason to adopt its namesake', async () => {
    const account = await owningSupport();
    copyOfOurs(account, 'Support');
    account.server.foreignRemove(account.server.all()[0]?.id ?? fail());

    const twins = await find(account);

    expect(twins).toMatchObject([{ message: expect.stringContaining('shows the public key') }]);
  });

  test('are looked for by reading alone', async () => {
    const account = await owningSupport();
    copyOfOurs(account, 'Support');
    const before = [account.server.writes, account.ledger.history.length];

    await find(account);

    expect([account.server.writes, account.ledger.history.length]).toEqual(before);
  });

  test('of an account without any end in no request but the listing', async () => {
    const account = new FakeAccount();
    account.keys.plant();
    account.server.foreignCreate({ name: 'Support' });
    await account.pass();

    expect(await find(account)).toEqual([]);
  });
});

function fail(): never {
  throw new Error('nothing is live');
}
