import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/core/ledger/ledger.ts';
import { aDesiredState, aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';

const settleMs = 30_000;

function anAccount(...names: readonly string[]): FakeAccount {
  const account = new FakeAccount();
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  return account;
}

function liveNames(account: FakeAccount): readonly string[] {
  return account.server.all().map(({ name }) => name);
}

function entryNamed(account: FakeAccount, name: string): LedgerEntry | undefined {
  return [...account.ledger.disk.entries.values()].find((entry) => entry.name === name);
}

function fingerprintOfOnlyIntent(account: FakeAccount): string | undefined {
  const [intent, ...others] = account.ledger.current().intents;
  expect(others).toEqual([]);
  return intent?.fingerprint;
}

describe('the order of a create', () => {
  test('the intent is on the disk, then the private key, and only then the POST leaves', async () => {
    const account = anAccount('Support');

    await account.pass();

    const steps = account.process.calls.filter((call) =>
      /generate|record intent|deliver|create|record entry/.test(call),
    );
    expect(steps).toEqual([
      'keys.generate',
      'ledger.record intent',
      'keys.deliver',
      'api.create',
      'ledger.record entry',
    ]);
    expect(account.ledger.history.find(({ record }) => record.kind === 'intent')?.durable).toBe(true);
  });

  test('a created application is owned, and its private key is in the directory with its name and id', async () => {
    const account = anAccount('Support');

    const { results } = await account.pass();

    const [entry] = account.ledger.disk.entries.values();
    const fingerprint = entry?.keyFingerprint ?? '';
    expect(results).toMatchObject([
      { outcome: 'applied', id: entry?.id, key: { fingerprint, path: `keys/${fingerprint}.pem` } },
    ]);
    expect(entry).toMatchObject({ name: 'Support', origin: 'created', keyGenerated: true });
    expect(account.keys.folder).toEqual(new Set([fingerprint]));
    expect(account.keys.labels.get(fingerprint)).toEqual({ name: 'Support', id: entry?.id });
    expect(account.ledger.disk.intents).toEqual([]);
  });

  test('a public key that the manifest brings is sent, and no pair is made', async () => {
    const account = new FakeAccount();
    const own = fakePublicKey(900);
    account.declare(aManifest({ spec: { keys: { public_key: own.pem } } }));

    const { results } = await account.pass();

    expect(account.server.all()[0]?.body['keys']).toEqual({ public_key: own.pem });
    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { keyFingerprint: own.fingerprint, keyGenerated: false },
    ]);
    expect(results[0]).not.toHaveProperty('key');
    expect(account.keys.folder.size + account.keys.prepared).toBe(0);
  });

  test('a brought key that cannot be parsed is sent as it is', async () => {
    const account = new FakeAccount();
    account.declare(aManifest({ spec: { keys: { public_key: 'no key at all' } } }));

    const { results } = await account.pass();

    expect(results[0]?.outcome).toBe('applied');
    expect(account.server.all()[0]?.body['keys']).toEqual({ public_key: 'no key at all' });
  });

  test('key pairs are made ahead, one for each create that needs a new one', async () => {
    const account = anAccount('One', 'Two', 'Three');

    await account.pass();

    expect(account.keys.prepared).toBe(3);
  });

  test('what the server rewrites in a new application is remembered and not written', async () => {
    const account = new FakeAccount();
    account.server.rewrite = (body) => ({ ...body, privacy: { improve_ai: false } });
    account.declare(aManifest({ spec: { privacy: { improve_ai: true } } }));

    const { results } = await account.pass();
    account.settle();
    const second = await account.pass();
    const third = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', normalised: ['/privacy/improve_ai'] }]);
    expect(third.plan.skips).toMatchObject([{ reason: 'normalized' }]);
    expect(second.results).toEqual([]);
    expect(second.plan.skips).toMatchObject([{ reason: 'normalized' }]);
    expect(account.requests.replace).toBe(0);
  });
});

describe('how a POST ends', () => {
  test.each([
    { fault: 'refused', outcome: 'failed', live: 0, intents: 0 },
    { fault: 'not-sent', outcome: 'failed', live: 0, intents: 1 },
    { fault: 'lost-before', outcome: 'unknown', live: 0, intents: 1 },
    { fault: 'lost-after', outcome: 'unknown', live: 1, intents: 1 },
    { fault: 'failing', outcome: 'unknown', live: 0, intents: 1 },
  ] as const)(
    '$fault: the change is $outcome, $intents intents stay open',
    async ({ fault, outcome, live, intents }) => {
      const account = anAccount('Support');
      account.fail('create', fault);

      const { results } = await account.pass();

      expect(results.map((result) => result.outcome)).toEqual([outcome]);
      expect(account.server.all()).toHaveLength(live);
      expect(account.ledger.disk.intents).toHaveLength(intents);
      expect(account.requests.create).toBe(1);
    },
  );

  test('after a refusal the key is kept for the next create of that name', async () => {
    const account = anAccount('Support');
    account.fail('create', 'refused');

    await account.pass();
    await account.pass();

    const [entry] = account.ledger.disk.entries.values();
    expect(account.keys.folder).toEqual(new Set([entry?.keyFingerprint]));
    expect(account.ledger.disk.retired).toEqual([]);
  });

  test('a create that never left is sent again at once, with the same key', async () => {
    const account = anAccount('Support');
    account.fail('create', 'not-sent');

    await account.pass();
    const { results } = await account.pass();

    expect(results.map(({ outcome }) => outcome)).toEqual(['applied']);
    expect(account.keys.folder.size).toBe(1);
  });

  test('a create whose response was lost is not sent again before the settle time has passed', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');

    await account.pass();
    account.clock.advance(settleMs - 1);
    const { plan } = await account.pass();

    expect(plan.skips).toMatchObject([{ reason: 'undecided', name: 'Support' }]);
    expect(account.requests.create).toBe(1);
  });

  test('after the settle time it is sent again with the same key', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');

    await account.pass();
    const fingerprint = fingerprintOfOnlyIntent(account);
    account.clock.advance(settleMs);
    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([{ name: 'Support', keyFingerprint: fingerprint }]);
    expect(account.keys.folder).toEqual(new Set([fingerprint]));
  });

  test('a create that was refused after a lost one leaves nothing that could double it', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before', 'refused');

    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();
    await account.pass();

    expect(liveNames(account)).toEqual(['Support']);
  });

  test('a create that took effect although its response was lost is found by its key, not sent again', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-after');

    await account.pass();
    const { plan } = await account.pass();

    expect(plan.changes).toEqual([]);
    expect(account.ledger.disk.intents).toEqual([]);
    expect(account.ledger.disk.entries.size).toBe(1);
    expect(account.requests.create).toBe(1);
    expect(account.log.lines).toContainEqual(expect.objectContaining({ message: 'lost create found' }));
  });

  test('a create that takes effect late, within the settle time, is not doubled', async () => {
    const account = anAccount('Support');
    account.fail('create', 'late');

    await account.pass();
    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(liveNames(account)).toEqual(['Support']);
  });

  test('a create that the listing shows late is not doubled', async () => {
    const account = anAccount('Support');
    account.server.lagMs = settleMs / 2;
    account.fail('create', 'lost-after');

    await account.pass();
    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(liveNames(account)).toEqual(['Support']);
  });
});

describe('an application that was deleted outside', () => {
  /** An account that owns `Support` and `Other`, where somebody deletes `Support` long after it was made. */
  async function withoutSupport(): Promise<{ readonly account: FakeAccount; readonly old: LedgerEntry | undefined }> {
    const account = anAccount('Support', 'Other');
    await account.pass();
    account.clock.advance(settleMs);
    const old = entryNamed(account, 'Support');
    if (old !== undefined) account.server.foreignRemove(old.id);
    return { account, old };
  }

  test('is created again after two checks with the stored key pair, and its old entry leaves', async () => {
    const { account, old } = await withoutSupport();

    const first = await account.pass();
    account.clock.advance(settleMs);
    const { results } = await account.pass();

    const entry = entryNamed(account, 'Support');
    expect(first.results).toEqual([]);
    expect(results).toMatchObject([{ outcome: 'applied', change: { replaces: old?.id } }]);
    expect(account.ledger.disk.entries.size).toBe(2);
    expect(entry?.id).not.toBe(old?.id);
    expect(entry?.keyFingerprint).toBe(old?.keyFingerprint);
    expect(account.ledger.disk.retired).toEqual([]);
  });

  test('gets a new key pair when the one in hand was lost, too', async () => {
    const { account, old } = await withoutSupport();
    account.keys.lose(old?.keyFingerprint ?? '');

    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    const entry = entryNamed(account, 'Support');
    expect(entry?.keyFingerprint).not.toBe(old?.keyFingerprint);
    expect(account.keys.folder).toContain(entry?.keyFingerprint);
  });
});

describe('a create that stays open', () => {
  test.each([true, false])('goes on under the new name of its manifest (with a key of its own: %s)', async (brings) => {
    const spec = brings ? { keys: { public_key: fakePublicKey(902).pem } } : {};
    const account = new FakeAccount();
    account.declare(aManifest({ name: 'Old', spec }));
    account.fail('create', 'lost-before', 'lost-before');
    await account.pass();
    account.declare(aManifest({ name: 'New', formerly: ['Old'], spec }));
    account.clock.advance(settleMs);

    await account.pass();
    const open = account.ledger.disk.intents.map(({ name }) => name);
    account.clock.advance(settleMs);
    await account.pass();

    expect(open).toEqual(['New']);
    expect(liveNames(account)).toEqual(['New']);
    expect(account.keys.folder.size).toBe(brings ? 0 : 1);
  });
});

describe('what must not be created', () => {
  test('a manifest that went while its create was undecided is not created', async () => {
    const account = anAccount('Support', 'Other');
    account.fail('create', 'lost-before', 'lost-before');

    await account.pass();
    account.declare(aManifest({ name: 'Other', formerly: [] }));
    account.clock.advance(settleMs);
    await account.pass();

    expect(liveNames(account)).toEqual(['Other']);
    expect(account.ledger.disk.intents.map(({ name }) => name)).toEqual(['Support']);
  });

  test('an application of that name that appeared meanwhile makes the create stale', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.advance(settleMs);
    const plan = await account.plan();
    const foreign = account.server.foreignCreate({ name: 'Support' });

    const { results } = await account.pass();

    expect(plan.changes).toMatchObject([{ action: 'create' }]);
    expect(results).toEqual([]);
    expect(account.server.all().map(({ id }) => id)).toEqual([foreign.id]);
  });

  test('a crash between intent and key file, and then a lost response, never end in two applications', async () => {
    const account = anAccount('Support');
    account.process.crashIn('keys.deliver', 'before');
    await account.pass().catch(() => undefined);
    account.restart();
    await account.pass();
    account.clock.advance(settleMs);

    for (const fault of ['late', 'lost-after', 'lost-after'] as const) {
      account.fail('create', fault);
      await account.pass();
    }
    account.clock.advance(settleMs);
    await account.pass();

    expect(liveNames(account)).toEqual(['Support']);
  });

  test('a manifest that brings its key while a create with ours is undecided is created once', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before', 'lost-after');
    await account.pass();
    account.declare(aManifest({ formerly: [], spec: { keys: { public_key: fakePublicKey(901).pem } } }));
    account.clock.advance(settleMs);

    await account.pass();
    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(liveNames(account)).toEqual(['Support']);
    expect(account.ledger.disk.intents).toEqual([]);
  });
});

describe('an old name that another manifest has taken', () => {
  /** The manifest A is renamed to B, and there is a new A. */
  function splitInTwo(account: FakeAccount): void {
    account.declare(aManifest({ name: 'B', formerly: ['A'] }), aManifest({ name: 'A', formerly: [] }));
  }

  function fingerprintsByName(account: FakeAccount) {
    const entries = [...account.ledger.disk.entries.values()];
    return new Map(entries.map(({ name, keyFingerprint }) => [name, keyFingerprint]));
  }

  test('keeps its lost create: two applications never get one key pair, whatever is lost again', async () => {
    const account = anAccount('A');
    account.fail('create', 'lost-before');
    await account.pass();
    const lost = fingerprintOfOnlyIntent(account);
    account.clock.advance(settleMs);
    splitInTwo(account);
    account.fail('create', 'lost-after', 'lost-after');

    await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(liveNames(account).toSorted()).toEqual(['A', 'B']);
    expect(fingerprintsByName(account).get('A')).toBe(lost);
    expect(fingerprintsByName(account).get('B')).not.toBe(lost);
    expect(account.ledger.disk.intents).toEqual([]);
  });

  test('keeps the key pair of its application that was deleted outside', async () => {
    const account = anAccount('A', 'Other');
    await account.pass();
    account.clock.advance(settleMs);
    const held = fingerprintsByName(account).get('A');
    for (const { id, name } of account.server.all()) if (name === 'A') account.server.foreignRemove(id);
    splitInTwo(account);
    account.desired = aDesiredState({ manifests: [...account.desired.manifests, aManifest({ name: 'Other' })] });
    await account.pass();
    account.clock.advance(settleMs);

    const { plan } = await account.pass();

    expect(plan.changes.map(({ name, reason }) => [name, reason])).toEqual([
      ['A', 'deleted outside'],
      ['B', 'new'],
    ]);
    expect(fingerprintsByName(account).get('A')).toBe(held);
    expect(fingerprintsByName(account).get('B')).not.toBe(held);
  });
});
