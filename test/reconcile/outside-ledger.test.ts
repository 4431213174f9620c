import { describe, expect, test } from 'vitest';
import { aDesiredState, aManifest } from '../builders.ts';
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
