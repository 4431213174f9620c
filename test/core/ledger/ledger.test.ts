import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicationId } from '../../../src/core/application/application.ts';
import { parseApplicationId } from '../../../src/core/application/application.ts';
import {
  emptyLedger,
  type Intent,
  knownFingerprints,
  type Ledger,
  type LedgerEntry,
  type LedgerRecord,
} from '../../../src/core/ledger/ledger.ts';
import { recordAll } from '../../../src/core/ledger/record.ts';

const day = 24 * 60 * 60 * 1000;

function anId(number: number): ApplicationId {
  const id = parseApplicationId(number.toString(16).padStart(32, '0'));
  if (id === undefined) throw new Error('not an id');
  return id;
}

function anEntry(number: number, members: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id: anId(number),
    name: `app ${number}`,
    origin: 'created',
    paused: false,
    keyGenerated: false,
    file: 'apps.yaml',
    revision: 'r1',
    normalised: [],
    unproven: [],
    healed: [],
    ...members,
  };
}

function anIntent(fingerprint: string, members: Partial<Intent> = {}): Intent {
  return {
    fingerprint,
    name: `for ${fingerprint}`,
    keyGenerated: true,
    openedAt: 1,
    before: [],
    file: 'apps.yaml',
    revision: 'r1',
    hash: 'h',
    specHash: 's',
    ...members,
  };
}

function ledgerOf(...records: readonly LedgerRecord[]): Ledger {
  return recordAll(emptyLedger, records);
}

const entry = (one: LedgerEntry): LedgerRecord => ({ kind: 'entry', entry: one });
const intent = (one: Intent): LedgerRecord => ({ kind: 'intent', intent: one });
const names = (ledger: Ledger): readonly (string | undefined)[] => ledger.intents.map(({ name }) => name);

test('each recording makes the ledger known and raises the serial by one, and leaves the one before as it was', () => {
  const first = ledgerOf({ kind: 'source', source: '/manifests', root: '/manifests' }, entry(anEntry(1)));

  const second = recordAll(first, [entry(anEntry(2))]);

  expect([emptyLedger, first, second].map(({ serial, known, entries }) => [serial, known, entries.size])).toStrictEqual(
    [
      [0, false, 0],
      [1, true, 1],
      [2, true, 2],
    ],
  );
  expect(second.root).toBe('/manifests');
});

describe('intents', () => {
  test('one intent for a generated key: a later one replaces it, also under another name', () => {
    const ledger = ledgerOf(intent(anIntent('k')), intent(anIntent('l')), intent(anIntent('k', { name: 'renamed' })));

    expect(names(ledger)).toStrictEqual(['for l', 'renamed']);
  });

  test('two manifests that bring the same key have an intent each', () => {
    const [one, other] = ['one', 'other'].map((name) => anIntent('shared', { name, keyGenerated: false }));
    if (one === undefined || other === undefined) throw new Error('no intents');

    const ledger = ledgerOf(intent(one), intent(other), intent({ ...one, postedAt: 5 }));

    expect(names(ledger)).toStrictEqual(['other', 'one']);
    const bound = recordAll(ledger, [entry(anEntry(1, { name: 'one', keyFingerprint: 'shared' }))]);
    expect(names(bound)).toStrictEqual(['other']);
    expect(
      names(recordAll(ledger, [{ kind: 'intent-refused', fingerprint: 'shared', name: 'other', at: 6 }])),
    ).toStrictEqual(['one']);
    expect(names(recordAll(ledger, [{ kind: 'intent-abandoned', fingerprint: 'shared', at: 6 }]))).toStrictEqual([
      'other',
      'one',
    ]);
  });

  test('an entry closes the intent with its key, whatever its name is now, and no other', () => {
    const ledger = ledgerOf(intent(anIntent('k')), intent(anIntent('l')), entry(anEntry(1, { keyFingerprint: 'k' })));

    expect(names(ledger)).toStrictEqual(['for l']);
    expect(names(recordAll(ledger, [entry(anEntry(2))]))).toStrictEqual(['for l']);
  });

  test.each([
    {
      kind: 'intent-refused',
      keyGenerated: true,
      retired: [{ fingerprint: 'k', name: 'for k', at: 9, reason: 'refused' }],
    },
    {
      kind: 'intent-abandoned',
      keyGenerated: true,
      retired: [{ fingerprint: 'k', name: 'for k', at: 9, reason: 'abandoned' }],
    },
    { kind: 'intent-refused', keyGenerated: false, retired: [] },
  ] as const)('$kind closes it, and keeps our key ($keyGenerated)', ({ kind, keyGenerated, retired }) => {
    const opened = ledgerOf(intent(anIntent('k', { keyGenerated })));

    const ledger = recordAll(opened, [{ kind, fingerprint: 'k', name: 'for k', at: 9 }]);

    expect(ledger.intents).toStrictEqual([]);
    expect(ledger.retired).toStrictEqual(retired);
  });

  test('the key of an intent without a name is kept without one', () => {
    const { name: _unknown, ...nameless } = anIntent('k');

    const ledger = ledgerOf(intent(nameless), { kind: 'intent-abandoned', fingerprint: 'k', at: 9 });

    expect(ledger.retired).toStrictEqual([{ fingerprint: 'k', at: 9, reason: 'abandoned' }]);
  });

  test('closing an intent that is not there changes nothing', () => {
    const ledger = ledgerOf({ kind: 'intent-refused', fingerprint: 'k', at: 9 });

    expect(ledger).toStrictEqual({ ...emptyLedger, known: true, serial: 1 });
  });

  test('a key that is used again is retired no more', () => {
    const ledger = ledgerOf(intent(anIntent('k')), { kind: 'intent-refused', fingerprint: 'k', at: 9 });

    expect(recordAll(ledger, [entry(anEntry(1, { keyFingerprint: 'k', keyGenerated: true }))]).retired).toStrictEqual(
      [],
    );
  });
});

describe('what a manifest says now', () => {
  test('replaces what it said before, and nothing else', () => {
    const before = anEntry(1, { deletionPolicy: 'protect', orphaned: { at: 1, policy: 'sync' }, appliedHash: 'a' });

    const ledger = ledgerOf(entry(before), {
      kind: 'observed',
      id: before.id,
      seen: { paused: true, file: 'moved.yaml', revision: 'r2' },
    });

    expect(ledger.entries.get(before.id)).toStrictEqual(
      anEntry(1, { paused: true, file: 'moved.yaml', revision: 'r2', appliedHash: 'a' }),
    );
  });

  test('means nothing for an application we do not own', () => {
    const seen = { paused: true, file: 'x.yaml', revision: 'r2' };

    expect(ledgerOf({ kind: 'observed', id: anId(1), seen }).entries.size).toBe(0);
  });
});

describe('deletes', () => {
  const owned = anEntry(1, { keyFingerprint: 'k', keyGenerated: true });

  test('a delete counts from the moment it is about to be sent, once however often it is tried', () => {
    const ledger = ledgerOf(
      entry(owned),
      { kind: 'delete-started', id: owned.id, at: 5 },
      { kind: 'delete-started', id: owned.id, at: 6 },
    );

    expect(ledger.deletes).toStrictEqual([{ id: owned.id, name: 'app 1', at: 6, keyFingerprint: 'k' }]);
    expect(ledger.entries.has(owned.id)).toBe(true);
  });

  test('a delete that was refused does not count; others do', () => {
    const started = ledgerOf(
      entry(owned),
      entry(anEntry(2)),
      { kind: 'delete-started', id: owned.id, at: 5 },
      { kind: 'delete-started', id: anId(2), at: 5 },
    );

    const ledger = recordAll(started, [{ kind: 'delete-refused', id: owned.id }]);

    expect(ledger.deletes).toStrictEqual([{ id: anId(2), name: 'app 2', at: 5 }]);
  });

  test('a delete of what we do not own is not recorded', () => {
    expect(ledgerOf({ kind: 'delete-started', id: anId(1), at: 5 }).deletes).toStrictEqual([]);
  });

  test.each([
    { title: '89 days ago', at: -89 * day, kept: true },
    { title: '90 days ago', at: -90 * day, kept: false },
    { title: '89 days ahead, by a clock that jumped', at: 89 * day, kept: true },
  ])('a delete $title is remembered: $kept', ({ at, kept }) => {
    const old = ledgerOf(
      entry(owned),
      { kind: 'delete-started', id: owned.id, at: 1000 * day + at },
      { kind: 'deleted', id: owned.id, at: 0 },
    );

    const ledger = recordAll(old, [entry(anEntry(2)), { kind: 'delete-started', id: anId(2), at: 1000 * day }]);

    expect(ledger.deletes.some(({ id }) => id === owned.id)).toBe(kept);
  });

  test.each(['deleted', 'released'] as const)(
    'an entry that is %s leaves, and our key is kept with the reason',
    (kind) => {
      const ledger = ledgerOf(entry(owned), { kind, id: owned.id, at: 7 });

      expect(ledger.entries.size).toBe(0);
      expect(ledger.retired).toStrictEqual([{ fingerprint: 'k', id: owned.id, name: 'app 1', at: 7, reason: kind }]);
    },
  );

  test.each([
    { title: 'a key that is not ours', members: { keyFingerprint: 'k' } },
    { title: 'no known key', members: { keyGenerated: true } },
  ])('an entry with $title leaves no key', ({ members }) => {
    expect(ledgerOf(entry(anEntry(1, members)), { kind: 'deleted', id: anId(1), at: 7 }).retired).toStrictEqual([]);
  });

  test('what is not in the ledger cannot leave it', () => {
    expect(ledgerOf({ kind: 'released', id: anId(1), at: 7 })).toStrictEqual({
      ...emptyLedger,
      known: true,
      serial: 1,
    });
  });
});

test('a key is retired once, with the last reason, and forgotten when it is pruned', () => {
  const ledger = ledgerOf(
    { kind: 'key-retired', key: { fingerprint: 'k', at: 1, reason: 'rotated' } },
    { kind: 'key-retired', key: { fingerprint: 'k', at: 2, reason: 'abandoned' } },
  );

  expect(ledger.retired).toStrictEqual([{ fingerprint: 'k', at: 2, reason: 'abandoned' }]);
  expect(recordAll(ledger, [{ kind: 'key-pruned', fingerprint: 'k' }]).retired).toStrictEqual([]);
});

test('the known fingerprints are those of entries, intents and retired keys', () => {
  const ledger = ledgerOf(
    entry(anEntry(1, { keyFingerprint: 'entry' })),
    entry(anEntry(2)),
    intent(anIntent('intent')),
    {
      kind: 'key-retired',
      key: { fingerprint: 'retired', at: 1, reason: 'rotated' },
    },
  );

  expect([...knownFingerprints(ledger)].sort()).toStrictEqual(['entry', 'intent', 'retired']);
});

test('law: a fingerprint of a key we made, once known, is known until it is pruned', () => {
  const fingerprint = fc.constantFrom('a', 'b', 'c');
  const id = fc.integer({ min: 1, max: 3 }).map(anId);
  const at = fc.nat(1000);
  const record: fc.Arbitrary<LedgerRecord> = fc.oneof(
    fingerprint.map((key) => intent(anIntent(key))),
    fc.record({ kind: fc.constantFrom('intent-refused', 'intent-abandoned'), fingerprint, at }),
    fc.record({ kind: fc.constantFrom('deleted', 'released', 'delete-started'), id, at }),
    fc.record({ kind: fc.constant('delete-refused'), id }),
    // An application keeps its key for life, but for a rotation, which retires the old one in the same breath.
    fingerprint.map((key) => entry({ ...anEntry(key.charCodeAt(0) - 96), keyFingerprint: key, keyGenerated: true })),
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (records) => {
      let ledger = emptyLedger;
      for (const one of records) {
        const before = knownFingerprints(ledger);
        ledger = recordAll(ledger, [one]);
        const now = knownFingerprints(ledger);
        expect([...before].filter((key) => !now.has(key))).toStrictEqual([]);
      }
    }),
  );
});

test('a key that is used again leaves the other retired ones as they are', () => {
  const ledger = ledgerOf(
    { kind: 'key-retired', key: { fingerprint: 'k', at: 1, reason: 'rotated' } },
    { kind: 'key-retired', key: { fingerprint: 'l', at: 1, reason: 'rotated' } },
    entry(anEntry(1, { keyFingerprint: 'k' })),
  );

  expect(ledger.retired.map(({ fingerprint }) => fingerprint)).toStrictEqual(['l']);
});
