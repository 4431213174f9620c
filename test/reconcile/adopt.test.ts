import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';

const voice: JsonObject = {
  capabilities: { voice: { webhooks: { answer_url: { address: 'https://a.example.com/' } } } },
};
const messages = { inbound_url: { address: 'https://m.example.com/', http_method: 'POST' } };

function found(body: JsonObject = { name: 'Support' }): { account: FakeAccount; id: string } {
  const account = new FakeAccount();
  const { id } = account.server.foreignCreate(body);
  account.declare(aManifest({ spec: voice }));
  return { account, id };
}

describe('an adoption', () => {
  test('keeps the body as it was found, then writes', async () => {
    const { account, id } = found({ name: 'Support', privacy: { improve_ai: true } });

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', id }]);
    expect([...account.ledger.bodies.values()]).toMatchObject([{ privacy: { improve_ai: true } }]);
    expect([...account.ledger.bodies.values()][0]).not.toHaveProperty('capabilities.voice');
    expect(account.process.calls.indexOf('ledger.keepBody')).toBeLessThan(account.process.calls.indexOf('api.replace'));
    expect([...account.ledger.disk.entries.values()]).toMatchObject([{ id, origin: 'adopted', keyGenerated: false }]);
  });

  test('of an application that is as wanted writes nothing to the API', async () => {
    const account = new FakeAccount();
    account.server.foreignCreate({ name: 'Support' });
    account.declare(aManifest());

    await account.pass();

    expect(account.server.writes).toBe(0);
    expect(account.ledger.disk.entries.size).toBe(1);
  });

  test('knows the key as ours if its private half is in the key directory', async () => {
    const account = new FakeAccount();
    const key = account.keys.plant();
    account.server.foreignCreate({ name: 'Support', keys: { public_key: key.pem } });
    account.declare(aManifest());

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { origin: 'adopted', keyFingerprint: key.fingerprint, keyGenerated: true },
    ]);
  });

  test('knows a key that is not ours by its fingerprint', async () => {
    const account = new FakeAccount();
    const key = fakePublicKey(900);
    account.server.foreignCreate({ name: 'Support', keys: { public_key: key.pem } });
    account.declare(aManifest());

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { keyFingerprint: key.fingerprint, keyGenerated: false },
    ]);
  });

  test('remembers which namesakes were there before: they are no twins, and later ones are', async () => {
    const account = new FakeAccount();
    account.server.foreignCreate({ name: 'Support' });
    const before = account.server.foreignCreate({ name: ' support' });
    account.declare(aManifest());
    await account.pass();
    const later = account.server.foreignCreate({ name: 'SUPPORT' });

    const { notices } = await account.plan();

    const [entry] = account.ledger.disk.entries.values();
    expect(entry?.namesakes).toEqual([before.id]);
    expect(notices).toMatchObject([{ kind: 'twin', ids: [entry?.id, later.id] }]);
  });

  test('is stale when another writer added what it would remove', async () => {
    const { account, id } = found();
    const other = account.server.all()[0];
    account.beforeNext('get', () =>
      account.server.foreignChange(other?.id ?? neverId, (body) => ({
        ...body,
        capabilities: { messages: { webhooks: messages } },
      })),
    );

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale' }]);
    expect(account.server.all()).toMatchObject([{ id, body: { capabilities: { messages: { webhooks: messages } } } }]);
  });

  test('is planned once more when another writer changed something that stays', async () => {
    const { account } = found();
    const other = account.server.all()[0];
    account.beforeNext('get', () =>
      account.server.foreignChange(other?.id ?? neverId, (body) => ({
        ...body,
        capabilities: { voice: { webhooks: { answer_url: { address: 'https://b.example.com/' } } } },
      })),
    );

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(JSON.stringify(account.server.all())).toContain('https://a.example.com/');
  });

  test('under create-only takes over what is as wanted, and writes nothing that changed since', async () => {
    const account = new FakeAccount();
    const { id } = account.server.foreignCreate({ name: 'Support', ...voice });
    account.declare(aManifest({ spec: voice }));
    account.allow({ policy: 'create-only' });
    account.beforeNext('get', () =>
      account.server.foreignChange(id, (body) => ({ ...body, capabilities: { voice: {} } })),
    );

    const first = await account.pass();
    account.server.foreignChange(id, (body) => ({ ...body, ...voice }));
    const second = await account.pass();

    expect(first.results).toMatchObject([{ outcome: 'stale' }]);
    expect(second.results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.server.writes).toBe(0);
  });
});

const neverId = new FakeAccount().server.foreignCreate({ name: 'never' }).id;

test('an adoption in the place of an application that is gone takes over its entry, by a run over a part as well', async () => {
  const account = new FakeAccount();
  account.declare(aManifest(), aManifest({ name: 'Other' }));
  await account.pass();
  const old = account.server.all().find(({ name }) => name === 'Support');
  if (old === undefined) throw new Error('never created');
  account.settle();
  account.server.foreignRemove(old.id);
  await account.pass();
  account.settle();
  const { id } = account.server.foreignCreate({ name: 'Support' });
  account.rules = { ...account.rules, selection: { ...account.rules.selection, only: ['Support'] } };

  const { results } = await account.pass();

  expect(results).toMatchObject([{ outcome: 'applied', change: { action: 'adopt', replaces: old.id } }]);
  const entries = [...account.ledger.disk.entries.values()].filter(({ name }) => name === 'Support');
  expect(entries.map((entry) => entry.id)).toEqual([id]);
  expect(account.log.lines).toContainEqual(
    expect.objectContaining({
      message: 'application adopted instead with a new id: linked numbers must be linked again',
    }),
  );
});
