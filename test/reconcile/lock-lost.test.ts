import { describe, expect, test } from 'vitest';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

function anAccount(...names: readonly string[]): FakeAccount {
  const account = new FakeAccount();
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  return account;
}

describe('a lock that is lost', () => {
  test('before the first change: nothing is sent', async () => {
    const account = anAccount('Support');
    account.ledger.lost = true;

    await expect(account.pass()).rejects.toMatchObject({ code: 'E_LOCK_LOST' });

    expect(account.server.writes).toBe(0);
  });

  test('while a create is under way: it is unknown although that cannot be recorded', async () => {
    const account = anAccount('Support');
    account.beforeNext('create', () => {
      account.ledger.lost = true;
    });
    account.fail('create', 'lost-after');

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'unknown', error: { code: 'E_CREATE_UNDECIDED' } }]);
    expect(account.ledger.disk.intents).toMatchObject([{ name: 'Support', postedAt: expect.any(Number) }]);
  });

  test('a full disk at that moment is another matter', async () => {
    const account = anAccount('Support');
    account.beforeNext('create', () => {
      account.ledger.full = true;
    });
    account.fail('create', 'lost-after');

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'failed', error: { code: 'E_STATE_UNUSABLE' } }]);
  });

  test('right after a create: it is told as applied, and what is noted at the end is left to the new owner', async () => {
    const account = anAccount('Support');
    account.beforeNext('create', () => {
      account.ledger.lost = true;
      account.keys.lost = true;
    });

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.ledger.disk.entries.size).toBe(0);
  });

  test('before a write of one change: that one fails and nothing further starts', async () => {
    const account = anAccount(...Array.from({ length: 12 }, (_, nth) => `app ${nth}`));
    account.beforeNext('create', () => {
      account.ledger.lost = true;
    });

    const { results } = await account.pass();

    const failed = results.filter(({ outcome }) => outcome === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed).toMatchObject(failed.map(() => ({ error: { code: 'E_LOCK_LOST' } })));
    expect(results).toContainEqual(expect.objectContaining({ outcome: 'skipped', reason: 'the lock was lost' }));
    expect(account.server.writes).toBeLessThan(5);
  });
});
