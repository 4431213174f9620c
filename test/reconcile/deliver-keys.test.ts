import { describe, expect, test } from 'vitest';
import type { ApplicationId } from '../../src/core/application/application.ts';
import { fingerprintOf } from '../../src/core/application/key-fingerprint.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { reportCode } from '../../src/core/exit-codes.ts';
import { objectMember } from '../../src/core/json.ts';
import { emptyLedger } from '../../src/core/ledger/ledger.ts';
import { deliverAgain } from '../../src/reconcile/keys/deliver-keys.ts';
import { deliverPending } from '../../src/reconcile/keys/deliver-pending.ts';
import type { KeyFacts } from '../../src/reconcile/ports.ts';
import { type Rotation, rotateKey } from '../../src/reconcile/rotate-key.ts';
import { settleIntents } from '../../src/reconcile/settle.ts';
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
    expect(steps).toEqual([
      'keys.deliver',
      'keys.deliver',
      'target.prepared',
      'api.create',
      'ledger.record entry',
      'target.active',
    ]);
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

    const { plan, results, undelivered } = await account.pass();

    const failed = { at: expect.any(Number), reason: 'no route to host' };
    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(undelivered).toMatchObject([{ name: 'Support', target: directory, failed }]);
    expect(account.ledger.disk.deliveries).toMatchObject([{ phase: 'prepared', failed }]);
    expect(reportCode(plan, results, undelivered)).toBe(3);
  });

  test('what is blocked counts as such', async () => {
    const { account, target } = anAccountWithTarget();
    target.refuse('prepared');

    const { plan, results, undelivered } = await account.pass();

    expect(reportCode(plan, results, undelivered)).toBe(3);
  });
});

describe('what is not delivered yet', () => {
  test('is said by the plan, and delivered by the next pass although nothing changes', async () => {
    const { account, target } = anAccountWithTarget();
    target.refuse('active', 'no route to host');
    await account.pass();
    target.heal();

    const { notices } = await account.plan();
    const { plan, results, undelivered } = await account.pass();

    const message = `its private key was not delivered to ${directory}: no route to host. It is tried again by each run`;
    expect(notices).toEqual([{ kind: 'key-delivery', name: 'Support', message }]);
    expect([plan.changes, results, undelivered]).toEqual([[], [], undefined]);
    expect(target.slots.get('Support')).toMatchObject({ active: expect.any(String), id: expect.any(String) });
  });

  test('what has been delivered is not delivered again', async () => {
    const { account, target } = anAccountWithTarget();
    await account.pass();
    const before = target.told.length;

    const { plan } = await account.pass();

    expect(plan.notices).toEqual([]);
    expect(target.told).toHaveLength(before);
  });

  test('a target that is new gets the keys in use, with the labels of their manifests', async () => {
    const { account } = anAccount();
    await account.pass();
    const target = new FakeTarget(account.process, directory);
    account.targets = [target];

    const { notices } = await account.plan();
    await account.pass();

    expect(notices).toMatchObject([{ message: `its private key is still to be delivered to ${directory}` }]);
    expect(target.told).toMatchObject([{ labels: { team: 'blue' } }, { labels: { team: 'blue' } }]);
    expect(target.slots.get('Support')).toHaveProperty('active');
  });

  test('an application without a manifest has no labels, and a key in use all the same', async () => {
    const { account } = anAccount();
    await account.pass();
    account.declare();
    const target = new FakeTarget(account.process, directory);
    account.targets = [target];

    await account.pass();

    expect(target.told).toMatchObject([{ name: 'Support', labels: {} }, { labels: {} }]);
  });

  test('a run about other applications leaves it alone', async () => {
    const { account } = anAccount();
    account.declare(aManifest({ name: 'Support', formerly: [] }), aManifest({ name: 'Campaigns', formerly: [] }));
    await account.pass();
    account.declare(aManifest({ name: 'Support', formerly: [] }));
    const target = new FakeTarget(account.process, directory);
    account.targets = [target];
    account.rules = { ...account.rules, selection: { only: ['Other'], labels: {} } };

    await account.pass();

    expect(target.told).toEqual([]);
  });

  test('nothing is delivered while manifests cannot be read: targets are told their labels', async () => {
    const { account } = anAccount();
    await account.pass();
    const target = new FakeTarget(account.process, directory);
    account.targets = [target];
    const source = { load: () => Promise.reject(new ReconcilerError('E_SOURCE_UNREADABLE', { path: '/m' })) };

    await deliverPending({ ...account.ports, source });

    expect(target.told).toEqual([]);
  });

  test('a run that is stopped delivers nothing more', async () => {
    const { account, target } = anAccountWithTarget();
    target.refuse('active');
    await account.pass();
    target.heal();
    const before = target.told.length;

    await deliverPending(account.ports, AbortSignal.abort());

    expect(target.told).toHaveLength(before);
  });

  test('a renamed application has its key under its new name, and the target knows it', async () => {
    const { account, target } = anAccountWithTarget();
    await account.pass();
    account.declare(aManifest({ name: 'Help', formerly: ['Support'] }));

    await account.pass();

    const [entry] = account.ledger.disk.entries.values();
    expect(target.slots.get('Help')).toEqual({ active: entry?.keyFingerprint, id: entry?.id });
    expect(account.ledger.disk.deliveries).toMatchObject([
      { name: 'Help', phase: 'active', file: '/srv/keys/Help.pem' },
    ]);
  });

  test('an application that is created again has its key prepared anew, and the target learns the new id', async () => {
    const { account, target } = anAccountWithTarget();
    await account.pass();
    const [before] = account.ledger.disk.entries.values();
    if (before !== undefined) account.server.foreignRemove(before.id);
    account.settle();
    account.rules = { ...account.rules, overrides: { ...account.rules.overrides, allowCreates: 1 } };

    await account.apply();

    const [after] = account.ledger.disk.entries.values();
    expect(after?.id).not.toBe(before?.id);
    expect(target.told.map((key) => 'privateKeyFile' in key)).toEqual([true, false, true, false]);
    expect(target.slots.get('Support')).toEqual({ active: before?.keyFingerprint, id: after?.id });
    expect(account.ledger.disk.deliveries).toMatchObject([{ id: after?.id, phase: 'active' }]);
  });

  test('a create whose response is lost is delivered once it is found', async () => {
    const { account, target } = anAccountWithTarget();
    account.fail('create', 'lost-after');

    const { results } = await account.apply();

    const [entry] = account.ledger.disk.entries.values();
    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(target.slots.get('Support')).toEqual({ active: entry?.keyFingerprint, id: entry?.id });
  });

  test('an adopted application whose private key is here has it delivered', async () => {
    const { account } = anAccount();
    await account.pass();
    account.ledger.put(emptyLedger);
    const target = new FakeTarget(account.process, directory);
    account.targets = [target];

    await account.pass();

    expect(target.slots.get('Support')).toHaveProperty('active');
  });

  test('a lock that is lost ends the delivery: what was done is told all the same', async () => {
    const { account, target } = anAccountWithTarget();
    target.onCall = (phase) => {
      account.ledger.lost = phase === 'active';
    };

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.log.lines.map(({ message }) => message)).toContain('delivery of private key interrupted');
  });
});

describe('two applications with one file for their keys', () => {
  /** A target that names files by the first word of a name. */
  class FirstWords extends FakeTarget {
    override fileFor({ name }: KeyFacts): string {
      return `/srv/keys/${name.split(' ')[0]}.pem`;
    }
  }

  function twoOfOneFile(...names: readonly string[]) {
    const { account } = anAccount();
    account.targets = [new FirstWords(account.process, directory)];
    account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
    return account;
  }

  test('neither is created, and both are named with the remedy', async () => {
    const account = twoOfOneFile('Support one', 'Support two', 'Campaigns');

    const { plan } = await account.pass();

    const message =
      '"Support one" and "Support two" would have their private keys in one file, /srv/keys/Support.pem: rename one of them, or name files by {id} (keys.deliver)';
    expect(plan.guards).toEqual([{ guard: 'key-delivery', message, blocked: 2 }]);
    expect(account.server.all().map(({ name }) => name)).toEqual(['Campaigns']);
  });

  test('a new one is blocked beside one that exists', async () => {
    const account = twoOfOneFile('Support one');
    await account.pass();
    account.declare(...['Support one', 'Support two'].map((name) => aManifest({ name, formerly: [] })));

    const { plan } = await account.pass();

    expect(plan.skips).toMatchObject([{ name: 'Support two', guard: 'key-delivery' }, { reason: 'unchanged' }]);
  });

  test('a rename into the file of another is blocked', async () => {
    const account = twoOfOneFile('Support one', 'Campaigns');
    await account.pass();
    account.declare(
      aManifest({ name: 'Support one', formerly: [] }),
      aManifest({ name: 'Support two', formerly: ['Campaigns'] }),
    );

    const { plan } = await account.pass();

    expect(plan.guards).toMatchObject([{ guard: 'key-delivery', blocked: 1 }]);
  });

  test('where both exist already, neither is delivered', async () => {
    const { account } = anAccount();
    account.declare(...['Support one', 'Support two'].map((name) => aManifest({ name, formerly: [] })));
    await account.pass();
    const target = new FirstWords(account.process, directory);
    account.targets = [target];

    const { plan, undelivered } = await account.pass();

    const [notice, ...others] = plan.notices;
    expect(notice?.message).toContain('would have their private keys in one file, /srv/keys/Support.pem');
    expect(others).toHaveLength(1);
    expect(undelivered).toHaveLength(2);
    expect(target.told).toEqual([]);
  });

  test('a rename of one whose key is not ours is not about files of keys, and neither is a delete', async () => {
    const account = twoOfOneFile();
    account.allow({ policy: 'sync', deletes: { ...account.rules.policy.deletes, max: 10, maxPercent: 100 } });
    account.server.foreignCreate({ name: 'Campaigns' });
    account.server.foreignCreate({ name: 'Old', keys: { public_key: fakePublicKey(900).pem } });
    account.declare(...['Campaigns', 'Old', 'Support one'].map((name) => aManifest({ name })));
    await account.pass();
    account.declare(
      aManifest({ name: 'Support one' }),
      aManifest({ name: 'Support two', formerly: ['Campaigns'] }),
      aManifest({ name: 'Support three', formerly: ['Old'] }),
    );

    const { plan } = await account.pass();
    account.declare(aManifest({ name: 'Support two' }), aManifest({ name: 'Support three' }));
    const { plan: last } = await account.pass();

    expect([...plan.guards, ...last.guards]).toEqual([]);
    expect(last.skips.every(({ guard }) => guard === undefined)).toBe(true);
  });

  test('one that brings its key has no file', async () => {
    const account = twoOfOneFile('Support one');
    const keys = { public_key: fakePublicKey(900).pem };
    account.declare(
      aManifest({ name: 'Support one', formerly: [] }),
      aManifest({ name: 'Support two', formerly: [], spec: { keys } }),
    );

    await account.pass();

    expect(account.server.all()).toHaveLength(2);
  });

  test('an id in the name of the file makes it its own', async () => {
    class ById extends FakeTarget {
      override fileFor({ id = '{id}' as never }: KeyFacts): string {
        return `/srv/keys/${id}.pem`;
      }
    }
    const { account } = anAccount();
    account.targets = [new ById(account.process, directory)];
    account.declare(...['One', 'Two'].map((name) => aManifest({ name, formerly: [] })));

    const { plan } = await account.pass();

    expect(plan.changes).toMatchObject([{ keyTo: ['/srv/keys/{id}.pem'] }, { keyTo: ['/srv/keys/{id}.pem'] }]);
    expect(account.server.all()).toHaveLength(2);
  });
});

/** Passes of new processes, as a daemon makes them, until nothing is left to do. */
async function recover(account: FakeAccount): Promise<void> {
  account.restart();
  for (let pass = 0; pass < 4; pass += 1) {
    account.settle();
    await account.apply();
  }
}

describe('a process that dies at any step of a create with two targets', () => {
  test('ends as one application, whose key is active everywhere', async () => {
    for (let step = 1; ; step += 1) {
      const { account, targets } = anAccount(directory, program);
      account.process.crashAt(step);
      const outcome = await account.pass().catch(() => undefined);
      if (!account.process.dead) {
        expect(outcome?.results).toHaveLength(1);
        break;
      }

      await recover(account);

      const entries = [...account.ledger.disk.entries.values()];
      const { id, keyFingerprint: active } = entries[0] ?? {};
      expect(entries, `step ${step}`).toHaveLength(1);
      expect(account.server.all(), `step ${step}`).toHaveLength(1);
      for (const { slots } of targets) expect(slots.get('Support'), `step ${step}`).toEqual({ active, id });
      expect(account.ledger.disk.deliveries.map(({ phase }) => phase)).toEqual(['active', 'active']);
    }
  });
});

describe('a rotation with two targets', () => {
  async function rotated(account: FakeAccount): Promise<Rotation> {
    const ports = account.ports;
    await settleIntents(ports);
    const [entry] = account.ledger.current().entries.values();
    if (entry === undefined) throw new Error('nothing is owned');
    const check = async (fingerprint: string, pem: string) =>
      fingerprintOf(pem) === fingerprint
        ? ({ outcome: 'matches' } as const)
        : ({ outcome: 'differs', reason: 'another key' } as const);
    const keys = Object.assign(account.keys, { check });
    return rotateKey(entry, { ...ports, keys });
  }

  test('has both keys in place before its PUT, and the new one active after it', async () => {
    const { account, targets } = anAccount(directory, program);
    await account.pass();
    const [before] = account.ledger.disk.entries.values();
    const held: unknown[] = [];
    account.beforeNext('replace', () => held.push(...targets.map(({ slots }) => slots.get('Support'))));

    const { fingerprint, undelivered } = await rotated(account);

    const id = before?.id;
    const both = { active: before?.keyFingerprint, next: fingerprint, id };
    expect(held).toEqual([both, both]);
    for (const { slots } of targets) expect(slots.get('Support')).toEqual({ active: fingerprint, id });
    expect(undelivered).toEqual([]);
    expect(account.ledger.disk.deliveries.map(({ phase }) => phase)).toEqual(['former', 'former', 'active', 'active']);
  });

  test('sends nothing where a target does not take the key, and goes on with the same key', async () => {
    const { account, targets } = anAccount(directory, program);
    await account.pass();
    targets[1]?.refuse('prepared', 'no route to host', 1);

    await expect(rotated(account)).rejects.toMatchObject({ code: 'E_KEY_DELIVERY' });
    const { replace } = account.requests;
    await rotated(account);

    expect(replace).toBe(0);
    expect(account.keys.folder.size).toBe(2);
  });

  test('of an application without a manifest tells no labels', async () => {
    const { account, targets } = anAccount(directory);
    await account.pass();
    account.declare();

    await rotated(account);

    expect(targets[0]?.told.at(-1)).toMatchObject({ name: 'Support', labels: {} });
  });

  test('is refused where another application has its key in that file', async () => {
    const { account } = anAccount();
    account.declare(...['Support one', 'Support two'].map((name) => aManifest({ name, formerly: [] })));
    await account.pass();
    const target = new FakeTarget(account.process, directory);
    target.fileFor = () => '/srv/keys/support.pem';
    account.targets = [target];

    await expect(rotated(account)).rejects.toThrow('would have their private keys in one file');
    expect(account.requests.replace).toBe(0);
  });

  test('is done although a target cannot be told, and says so', async () => {
    const { account, targets } = anAccount(directory, program);
    await account.pass();
    targets[1]?.refuse('active', 'no route to host');

    const { undelivered } = await rotated(account);

    expect(undelivered).toMatchObject([{ target: program, failed: { reason: 'no route to host' } }]);
  });

  test('ends, wherever the process dies, with one live key that is active everywhere, and the old one kept', async () => {
    for (let step = 1; ; step += 1) {
      const { account, targets } = anAccount(directory, program);
      await account.pass();
      const [before] = account.ledger.disk.entries.values();
      account.process.crashAt(step);
      await rotated(account).catch(() => undefined);
      if (!account.process.dead) break;
      account.restart();

      await rotated(account);
      await account.pass();

      const [entry, ...others] = account.ledger.disk.entries.values();
      const { id, keyFingerprint: active } = entry ?? {};
      expect(others).toEqual([]);
      expect(active, `step ${step}`).not.toBe(before?.keyFingerprint);
      expect(fingerprintOf(String(objectMember(account.server.all()[0]?.body ?? {}, 'keys')['public_key']))).toBe(
        active,
      );
      for (const { slots } of targets) expect(slots.get('Support'), `step ${step}`).toEqual({ active, id });
      expect(account.keys.folder).toContain(before?.keyFingerprint);
    }
  });
});

describe('a key that is delivered again', () => {
  test('goes to every target, also to those that are recorded to have it', async () => {
    const { account, targets } = anAccount(directory, program);
    await account.pass();
    const [entry] = account.ledger.disk.entries.values();
    const { id = '' as ApplicationId, keyFingerprint: fingerprint = '' } = entry ?? {};
    for (const { slots } of targets) slots.clear();

    await deliverAgain({ id, name: 'Support', labels: {}, fingerprint }, account.ports);

    for (const { slots } of targets) expect([...slots]).toEqual([['Support', { active: fingerprint, id }]]);
    expect(account.ledger.disk.deliveries.map(({ phase }) => phase)).toEqual(['active', 'active']);
  });

  test('is delivered by a later pass where a target failed', async () => {
    const { account, target } = anAccountWithTarget();
    await account.pass();
    const [entry] = account.ledger.disk.entries.values();
    const { id = '' as ApplicationId, keyFingerprint: fingerprint = '' } = entry ?? {};
    target.slots.clear();
    target.refuse('prepared');

    await deliverAgain({ id, name: 'Support', labels: {}, fingerprint }, account.ports);
    const failed = account.ledger.disk.deliveries;
    target.heal();
    await account.pass();

    expect(failed).toMatchObject([{ phase: 'preparing', failed: { reason: 'the disk is full' } }]);
    expect([...target.slots]).toEqual([['Support', { active: fingerprint, id }]]);
  });

  test('goes nowhere in an account without targets', async () => {
    const account = new FakeAccount();
    account.declare(aManifest({ name: 'Support' }));
    await account.pass();
    const [entry] = account.ledger.disk.entries.values();
    const { id = '' as ApplicationId, keyFingerprint: fingerprint = '' } = entry ?? {};

    await deliverAgain({ id, name: 'Support', labels: {}, fingerprint }, account.ports);

    expect(account.ledger.disk.deliveries).toEqual([]);
  });
});
