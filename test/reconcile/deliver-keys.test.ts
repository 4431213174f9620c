import { describe, expect, test } from 'vitest';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';
import { FakeTarget } from './fake-target.ts';

const directory = 'directory /srv/keys';
const program = 'exec /usr/local/bin/store-key';

/** An account that declares one application, and whose private keys go to these targets. */
function anAccount(...names: readonly string[]) {
  const account = new FakeAccount();
  account.declare(aManifest({ name: 'Support', labels: { team: 'blue' }, formerly: [] }));
  const targets = names.map((name) => new FakeTarget(account.process, name));
  account.targets = targets;
  return { account, targets };
}

function anAccountWithTarget() {
  const { account, targets } = anAccount(directory);
  return { account, target: targets[0] as FakeTarget };
}

describe('a create with a key that is delivered', () => {
  test('the key is in place before the POST leaves, and active once the application is recorded', async () => {
    const { account } = anAccountWithTarget();

    await account.pass();

    const steps = account.process.calls.filter((call) => /keys\.deliver|target|create|record entry/.test(call));
    expect(steps).toEqual(['keys.deliver', 'target.prepared', 'api.create', 'ledger.record entry', 'target.active']);
  });

  test('each target has the key and knows the id of its application, and the ledger says so', async () => {
    const { account, targets } = anAccount(directory, program);

    const { results } = await account.pass();

    const [entry] = account.ledger.disk.entries.values();
    const { id, keyFingerprint: fingerprint = '' } = entry ?? {};
    for (const { slots } of targets) expect([...slots]).toEqual([['Support', { active: fingerprint, id }]]);
    const delivered = { fingerprint, name: 'Support', id, phase: 'active', at: expect.any(Number) };
    expect(account.ledger.disk.deliveries).toEqual([
      { ...delivered, target: directory, file: '/srv/keys/Support.pem' },
      { ...delivered, target: program },
    ]);
    expect(results).toMatchObject([{ outcome: 'applied', id }]);
    expect(results[0]).not.toHaveProperty('key.undelivered');
  });

  test('the target is told the labels, and where the private key is only when it has to take it', async () => {
    const { account, target } = anAccountWithTarget();

    await account.pass();

    const [entry] = account.ledger.disk.entries.values();
    const facts = { name: 'Support', labels: { team: 'blue' }, fingerprint: entry?.keyFingerprint };
    expect(target.told).toEqual([
      { ...facts, privateKeyFile: `keys/${entry?.keyFingerprint}.pem` },
      { ...facts, id: entry?.id },
    ]);
  });

  test('the ledger names the key before the target is asked to take it', async () => {
    const { account, target } = anAccountWithTarget();

    await account.pass();

    expect(target.contexts.map(({ delivered }) => delivered.map(({ phase }) => phase))).toEqual([
      ['preparing'],
      ['prepared'],
    ]);
  });

  test('a key that the manifest brings is not delivered: its private key is not here', async () => {
    const { account, target } = anAccountWithTarget();
    account.declare(aManifest({ spec: { keys: { public_key: fakePublicKey(900).pem } } }));

    await account.pass();

    expect(account.server.all()).toHaveLength(1);
    expect(target.told).toEqual([]);
  });
});

describe('a target that does not take the key', () => {
  test('nothing is sent, and the create is blocked', async () => {
    const { account, target } = anAccountWithTarget();
    target.refuse('prepared');

    const { results } = await account.pass();

    expect(account.requests.create).toBe(0);
    expect(results).toMatchObject([{ outcome: 'skipped', skip: 'blocked', guard: 'key-delivery' }]);
    expect(results).toMatchObject([{ reason: expect.stringContaining(`to ${directory}: the disk is full`) }]);
    expect(account.ledger.disk.deliveries).toMatchObject([
      { phase: 'preparing', failed: { at: expect.any(Number), reason: 'the disk is full' } },
    ]);
  });

  test('the next pass tries again with the same key, and only where it is not in place', async () => {
    const { account, targets } = anAccount(directory, program);
    targets[1]?.refuse('prepared', 'no route to host', 1);

    await account.pass();
    await account.pass();

    expect(account.keys.folder.size).toBe(1);
    expect(account.server.all()).toHaveLength(1);
    expect(targets.map(({ told }) => told.length)).toEqual([2, 2]);
    expect(account.ledger.disk.deliveries.map(({ phase }) => phase)).toEqual(['active', 'active']);
    expect(account.ledger.disk.deliveries.some(({ failed }) => failed !== undefined)).toBe(false);
  });

  test('whatever it throws blocks the create, and of what nobody expected no word is told', async () => {
    const { account, target } = anAccountWithTarget();
    target.onCall = () => {
      throw new TypeError('password=hunter2');
    };

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'skipped', skip: 'blocked' }]);
    expect(JSON.stringify([results, account.ledger.disk.deliveries])).not.toContain('hunter2');
    expect(account.requests.create).toBe(0);
  });

  test('the same failure is told once, another one again', async () => {
    const { account, target } = anAccountWithTarget();

    target.refuse('prepared', 'the disk is full');
    await account.pass();
    await account.pass();
    target.refuse('prepared', 'no such directory');
    await account.pass();

    const told = account.log.lines.filter(({ message }) => message === 'private key not delivered');
    expect(told.map(({ level }) => level)).toEqual(['warn', 'debug', 'warn']);
  });

  test('a create that is stopped meanwhile is not sent, and the target is not blamed', async () => {
    const { account, target } = anAccountWithTarget();
    const stop = new AbortController();
    target.onCall = () => {
      stop.abort();
      throw new Error('ended');
    };

    const { results } = await account.pass(stop.signal);

    expect(results).toMatchObject([{ outcome: 'skipped', reason: 'stopped before it was sent' }]);
    expect(account.requests.create).toBe(0);
    expect(account.ledger.disk.deliveries).not.toMatchObject([{ failed: expect.anything() }]);
  });

  test('an application that was created is created, even if the target cannot be told', async () => {
    const { account, target } = anAccountWithTarget();
    target.refuse('active', 'no route to host');

    const { results } = await account.pass();

    const undelivered = [{ target: directory, reason: 'no route to host' }];
    expect(results).toMatchObject([{ outcome: 'applied', key: { undelivered } }]);
    expect(account.ledger.disk.deliveries).toMatchObject([
      { phase: 'prepared', failed: { reason: 'no route to host' } },
    ]);
  });
});
