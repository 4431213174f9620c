import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import { everything } from '../../src/core/plan/policy.ts';
import { outsideLedger } from '../../src/reconcile/outside-ledger.ts';
import { aDesiredState, aManifest, anEntry } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const here = 'git:git.example.com/team/config//apps';
const there = 'git:git.example.com/other/config//apps';
const names = ({ server }: FakeAccount) =>
  server
    .all()
    .map(({ name }) => name)
    .toSorted();

/** One pass with these manifests from this source. */
async function passOver(account: FakeAccount, source: string, ...declared: readonly string[]): Promise<void> {
  const specs = [{ voice: {} }, { rtc: {} }, { vbc: {} }, { messages: {} }];
  const all = ['Sales', 'Support', 'Chat', 'Old'];
  const manifests = declared.map((name) =>
    aManifest({ name, spec: { capabilities: { ...specs[all.indexOf(name)] } } }),
  );
  account.desired = aDesiredState({ source, root: `/${source}`, manifests });
  account.settle();
  await account.pass();
}

/** The manifests came from here first, and then from there: that source is in effect. */
async function movedThere(): Promise<FakeAccount> {
  const account = new FakeAccount();
  account.allow({ policy: 'sync' });
  await passOver(account, here, 'Sales', 'Support');
  await passOver(account, there, 'Sales', 'Support');
  return account;
}

describe('a pass over a source that is not the one in effect', () => {
  test('adds applications that the one in effect does not take for removed', async () => {
    const account = await movedThere();

    await passOver(account, here, 'Sales', 'Support', 'Chat');
    await passOver(account, here, 'Sales', 'Support', 'Chat');
    await passOver(account, there, 'Sales', 'Support');
    await passOver(account, there, 'Sales', 'Support');

    expect(names(account)).toEqual(['Chat', 'Sales', 'Support']);
  });

  test('adopts applications likewise', async () => {
    const account = await movedThere();
    const { id } = account.server.create({ name: 'Chat', capabilities: {} });

    await passOver(account, here, 'Sales', 'Support', 'Chat');

    expect(account.ledger.disk.entries.get(id)?.orphaned).toMatchObject({ cause: 'moved' });
  });

  test('leaves what was removed from the one in effect to it', async () => {
    const account = await movedThere();
    await passOver(account, here, 'Sales', 'Support');

    await passOver(account, there, 'Sales');

    expect(names(account)).toEqual(['Sales']);
  });

  test('what it added is the other one’s once that declares it', async () => {
    const account = await movedThere();
    await passOver(account, here, 'Sales', 'Support', 'Chat');

    await passOver(account, there, 'Sales', 'Support', 'Chat');
    await passOver(account, there, 'Sales', 'Support');

    expect(names(account)).toEqual(['Sales', 'Support']);
  });
});

describe('a create whose response is lost in a pass over another source', () => {
  test('is not deleted by the one in effect, which finds it', async () => {
    const account = await movedThere();
    account.fail('create', 'lost-after');
    await passOver(account, here, 'Sales', 'Support', 'Chat');

    await passOver(account, there, 'Sales', 'Support');
    await passOver(account, there, 'Sales', 'Support');

    expect(names(account)).toEqual(['Chat', 'Sales', 'Support']);
  });

  test('is not deleted by the one in effect once it is found', async () => {
    const account = await movedThere();
    account.fail('create', 'lost-after');
    await passOver(account, here, 'Sales', 'Support', 'Chat');
    await passOver(account, here, 'Sales', 'Support', 'Chat');

    await passOver(account, there, 'Sales', 'Support');

    expect(names(account)).toEqual(['Chat', 'Sales', 'Support']);
  });

  test('is not deleted after a move away from the one that began it', async () => {
    const account = new FakeAccount();
    account.allow({ policy: 'sync' });
    await passOver(account, here, 'Sales', 'Support');
    account.fail('create', 'lost-after');
    account.server.lagMs = 200_000;
    await passOver(account, here, 'Sales', 'Support', 'Chat');
    await passOver(account, there, 'Sales', 'Support');
    account.clock.advance(200_000);

    await passOver(account, there, 'Sales', 'Support');
    await passOver(account, there, 'Sales', 'Support');

    expect(names(account)).toEqual(['Chat', 'Sales', 'Support']);
  });

  test('is the other one’s once that declares it', async () => {
    const account = await movedThere();
    account.fail('create', 'lost-after');
    await passOver(account, here, 'Sales', 'Support', 'Chat');

    await passOver(account, there, 'Sales', 'Support', 'Chat');
    await passOver(account, there, 'Sales', 'Support');

    expect(names(account)).toEqual(['Sales', 'Support']);
  });
});

describe('a part of the manifests of a new source', () => {
  test('adds what the one in effect does not take for removed', async () => {
    const account = new FakeAccount();
    account.allow({ policy: 'sync' });
    await passOver(account, here, 'Sales', 'Support');
    account.rules = { ...account.rules, selection: { ...everything, only: ['Chat'] } };
    await passOver(account, there, 'Sales', 'Support', 'Chat');
    account.rules = { ...account.rules, selection: everything };

    await passOver(account, here, 'Sales', 'Support');

    expect(names(account)).toEqual(['Chat', 'Sales', 'Support']);
  });
});

describe('what another source says of an application', () => {
  test.each([
    { title: 'as it is', changed: {} },
    { title: 'and writes', changed: { spec: { capabilities: { verify: {} } } } },
  ])('does not end the protection of the one in effect: $title', async ({ changed }) => {
    const account = await movedThere();
    const support = aManifest({ name: 'Support', spec: { capabilities: { rtc: {} } }, deletionPolicy: 'protect' });
    const sales = aManifest({ name: 'Sales', spec: { capabilities: { voice: {} } } });
    const over = async (source: string, ...manifests: readonly Manifest[]) => {
      account.desired = aDesiredState({ source, root: `/${source}`, manifests });
      account.settle();
      await account.pass();
    };
    await over(there, sales, support);
    await over(here, sales, { ...support, ...changed, deletionPolicy: 'delete', hash: 'another' });

    await over(there, sales);

    expect(names(account)).toEqual(['Sales', 'Support']);
  });

  test.each([
    { title: 'nothing', before: {} },
    { title: 'that it is orphaned', before: { orphaned: { at: 5, policy: 'upsert', cause: 'removed' } } },
    { title: 'how it is deleted', before: { deletionPolicy: 'protect' } },
  ] as const)('takes nothing from what its entry says: $title', async ({ before }) => {
    const { ledger } = new FakeAccount();
    const entry = anEntry({ ...before, paused: true });
    await ledger.record([{ kind: 'entry', entry }], { durable: true });
    const outside = outsideLedger(ledger, { at: 9, policy: 'sync', cause: 'moved' });

    await outside.record([{ kind: 'entry', entry: anEntry({ deletionPolicy: 'delete', revision: 'r2' }) }], {
      durable: true,
    });

    expect(ledger.current().entries.get(entry.id)).toEqual({ ...entry, revision: 'r2' });
  });
});
