import { describe, expect, test } from 'vitest';
import { intentMemoryMs } from '../../../src/core/ledger/intents.ts';
import type { LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import { recordAll } from '../../../src/core/ledger/record.ts';
import type { Policy } from '../../../src/core/plan/policy.ts';
import { aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../../builders.ts';
import { type Given, planOf, summaryOf } from '../plan-of.ts';

const old = anApplication({ id: anId(1), name: 'Old' });
const other = aManifest({ name: 'Other', spec: { capabilities: { rtc: {} } } });
const otherLive = anApplication({ id: anId(2), name: 'Other', body: other.spec });
const otherEntry = anEntry({ id: anId(2), manifest: other, revision: 'r2' });

/** An account in which "Old" lost its manifest and "Other" has one. */
function orphaned(entry: Partial<LedgerEntry>, given: Given & { policy?: Partial<Policy> } = {}): Given {
  return {
    manifests: [other],
    applications: [old, otherLive],
    owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Old', ...entry }), otherEntry] }),
    now: 5000,
    ...given,
    policy: { policy: 'sync', ...given.policy },
  };
}

/** What is planned for the application that lost its manifest. */
function fateOf(given: Given): string | undefined {
  const { changes, skips } = planOf(given);
  const change = changes.find((candidate) => 'id' in candidate && candidate.id === anId(1));
  return change?.action ?? skips.find(({ id }) => id === anId(1))?.reason;
}

describe('what becomes of an owned application without a manifest', () => {
  test.each([
    { title: 'it is deleted', given: orphaned({}), expected: 'delete' },
    {
      title: 'under upsert it is kept',
      given: orphaned({}, { policy: { policy: 'upsert' } }),
      expected: 'kept',
    },
    {
      title: 'under create-only it is kept',
      given: orphaned({}, { policy: { policy: 'create-only' } }),
      expected: 'kept',
    },
    {
      title: 'protect stays in effect without the manifest',
      given: orphaned({ deletionPolicy: 'protect' }),
      expected: 'protected',
    },
    {
      title: 'the configuration’s protect holds for what never said otherwise',
      given: orphaned({}, { policy: { deletionPolicy: 'protect' } }),
      expected: 'protected',
    },
    {
      title: 'a recorded delete beats the configuration’s protect',
      given: orphaned({ deletionPolicy: 'delete' }, { policy: { deletionPolicy: 'protect' } }),
      expected: 'delete',
    },
    ...[
      {
        title: 'beside another of its name that was managed before it is deleted',
        boundAt: 10,
        pinned: anId(2),
        expected: 'delete',
      },
      {
        title: 'beside one that was pinned in its place it is protected',
        boundAt: 99,
        pinned: anId(2),
        expected: 'protected',
      },
      {
        title: 'beside one bound at a time nobody knows it is protected',
        boundAt: undefined,
        pinned: anId(2),
        expected: 'protected',
      },
      {
        title: 'beside one that nobody manages yet it is protected',
        boundAt: 10,
        pinned: anId(3),
        expected: 'protected',
      },
    ].map(({ title, boundAt, pinned, expected }) => ({
      title,
      given: {
        ...orphaned({}),
        manifests: [aManifest({ name: 'Old', id: pinned, spec: other.spec })],
        applications: [old, { ...otherLive, name: 'Old' }, anApplication({ id: anId(3), name: 'Old' })],
        owned: aLedger({
          entries: [
            anEntry({ id: anId(1), name: 'Old', orphaned: { at: 50, policy: 'sync' } }),
            anEntry({ id: anId(2), name: 'Old', ...(boundAt === undefined ? {} : { boundAt }) }),
          ],
        }),
      },
      expected,
    })),
    { title: 'a paused one is protected', given: orphaned({ paused: true }), expected: 'protected' },
    { title: 'an orphan is given up', given: orphaned({ deletionPolicy: 'orphan' }), expected: 'kept' },
    {
      title: 'an adopted one is protected though the configuration says delete',
      given: orphaned({ origin: 'adopted' }),
      expected: 'protected',
    },
    {
      title: 'an adopted one whose manifest once said delete is deleted',
      given: orphaned({ origin: 'adopted', deletionPolicy: 'delete' }),
      expected: 'delete',
    },
    {
      title: 'an adopted one is given up when the configuration says orphan',
      given: orphaned({ origin: 'adopted' }, { policy: { deletionPolicy: 'orphan' } }),
      expected: 'kept',
    },
    {
      title: 'what lost its manifest under upsert is kept under sync',
      given: orphaned({ orphaned: { at: 1, policy: 'upsert' } }),
      expected: 'kept',
    },
    {
      title: 'what lost its manifest under upsert goes when a person allows deletes',
      given: orphaned({ orphaned: { at: 1, policy: 'upsert' } }, { overrides: { allowDeletes: 1 } }),
      expected: 'delete',
    },
    {
      title: 'what lost its manifest under sync is deleted',
      given: orphaned({ orphaned: { at: 1, policy: 'sync' } }),
      expected: 'delete',
    },
    {
      title: 'what a manifest names under formerly is protected',
      given: orphaned({}, { manifests: [{ ...other, formerly: ['Old'] }] }),
      expected: 'protected',
    },
    {
      title: 'what a manifest names under formerly by its live name is protected',
      given: orphaned(
        { name: 'Old' },
        {
          manifests: [{ ...other, formerly: ['Renamed by hand'] }],
          applications: [{ ...old, name: 'Renamed by hand' }, otherLive],
        },
      ),
      expected: 'protected',
    },
    {
      title: 'what has the name of a manifest that means another is protected',
      given: orphaned({}, { manifests: [{ ...other, name: 'Old', id: anId(2) }] }),
      expected: 'protected',
    },
    {
      title: 'what was renamed by hand to the name of a manifest that means another is protected',
      given: orphaned({}, { applications: [{ ...old, name: 'Other' }, otherLive] }),
      expected: 'protected',
    },
    {
      title: 'what is outside the scope is protected',
      given: orphaned({}, { policy: { scopeNames: ['Oth*'] } }),
      expected: 'protected',
    },
    {
      title: 'what is inside the scope is deleted',
      given: orphaned({}, { policy: { scopeNames: ['O*'] } }),
      expected: 'delete',
    },
    {
      title: 'what a conflict may mean stays',
      given: orphaned(
        {},
        { manifests: [other, aManifest({ name: 'New', place: { file: 'Old.yaml', line: 1, column: 1 } })] },
      ),
      expected: 'conflict',
    },
  ])('$title', ({ given, expected }) => {
    expect(fateOf(given)).toBe(expected);
  });

  test('a delete shows what goes, where its manifest stood, and no password', () => {
    const body = { capabilities: { voice: { webhooks: { event_url: { address: 'https://u:p@a.example/' } } } } };
    const given = orphaned(
      { file: 'apps/old.yaml' },
      { applications: [{ ...old, body: { name: 'Old', ...body } }, otherLive] },
    );

    const [change] = planOf(given).changes;

    expect(change).toMatchObject({
      action: 'delete',
      id: anId(1),
      file: 'apps/old.yaml',
      reason: 'manifest removed',
      members: [
        { path: '/capabilities/voice/webhooks/event_url/address', before: 'https://(sensitive)@a.example/' },
        { path: '/name', before: 'Old' },
      ],
    });
  });
});

describe('what a pass records beside its changes', () => {
  const notesOf = (given: Given) => planOf(given).notes;
  const seen = { paused: false, file: 'Old.yaml', revision: 'r1' };
  const applied = { name: other.name, appliedHash: other.hash, specHash: other.specHash };

  test('a manifest says something new about deletion: it is recorded without any write', () => {
    const manifest = { ...other, deletionPolicy: 'protect' as const, reconcile: 'paused' as const };

    expect(
      notesOf({ manifests: [manifest], applications: [otherLive], owned: aLedger({ entries: [otherEntry] }) }),
    ).toStrictEqual([
      {
        kind: 'observed',
        id: anId(2),
        seen: { deletionPolicy: 'protect', paused: true, file: 'Other.yaml', revision: 'r2', ...applied },
      },
    ]);
  });

  test('nothing is recorded where the ledger says it all', () => {
    expect(
      notesOf({ manifests: [other], applications: [otherLive], owned: aLedger({ entries: [otherEntry] }) }),
    ).toStrictEqual([]);
  });

  test('lifting protect takes one pass with another manifest before it may go', () => {
    const before = aLedger({ entries: [{ ...otherEntry, deletionPolicy: 'protect' }] });
    const given = { applications: [otherLive], policy: { policy: 'sync' as const, allowEmpty: true } };

    const removedAtOnce = planOf({ ...given, owned: before });
    const lifted = planOf({ ...given, manifests: [{ ...other, deletionPolicy: 'delete' }], owned: before });
    const removedLater = planOf({ ...given, owned: recordAll(before, lifted.notes) });

    expect(summaryOf(removedAtOnce)).toStrictEqual(['protected Other']);
    expect(summaryOf(removedLater)).toStrictEqual(['delete Other']);
  });

  test('a lost manifest is recorded once, with the policy of that day', () => {
    const given = orphaned({}, { policy: { policy: 'upsert' } });
    const again = orphaned({ orphaned: { at: 1, policy: 'upsert' } });

    expect(notesOf(given)).toStrictEqual([
      { kind: 'observed', id: anId(1), seen: { ...seen, orphaned: { at: 5000, policy: 'upsert' } } },
    ]);
    expect(notesOf(again)).toStrictEqual([]);
  });

  test('a recorded deletion policy survives the loss of its manifest', () => {
    expect(notesOf(orphaned({ deletionPolicy: 'protect' }))).toStrictEqual([
      {
        kind: 'observed',
        id: anId(1),
        seen: { ...seen, deletionPolicy: 'protect', orphaned: { at: 5000, policy: 'sync' } },
      },
    ]);
  });

  test('a manifest that comes back ends the orphanhood', () => {
    const entry = { ...otherEntry, orphaned: { at: 1, policy: 'upsert' as const } };

    expect(
      notesOf({ manifests: [other], applications: [otherLive], owned: aLedger({ entries: [entry] }) }),
    ).toStrictEqual([
      { kind: 'observed', id: anId(2), seen: { paused: false, file: 'Other.yaml', revision: 'r2', ...applied } },
    ]);
  });

  test('an orphan leaves the ledger, under every policy', () => {
    for (const policy of ['create-only', 'upsert', 'sync'] as const) {
      expect(notesOf(orphaned({ deletionPolicy: 'orphan' }, { policy: { policy } }))).toStrictEqual([
        { kind: 'released', id: anId(1), at: 5000 },
      ]);
    }
  });

  test('an orphan that is shown as protected does not leave the ledger', () => {
    expect(notesOf(orphaned({ deletionPolicy: 'orphan', paused: true })).map(({ kind }) => kind)).toStrictEqual([
      'observed',
    ]);
  });

  test('an application that is gone and has no manifest leaves the ledger', () => {
    const given = orphaned({}, { applications: [otherLive], live: { missing: [anId(77)] }, gone: [anId(1)] });

    expect(notesOf(given)).toStrictEqual([{ kind: 'released', id: anId(1), at: 5000 }]);
  });

  test('an application that is gone stays in the ledger while a manifest means it', () => {
    const given = { applications: [otherLive], gone: [anId(1)] };

    expect(notesOf(orphaned({}, { ...given, manifests: [other, aManifest({ name: 'Old' })] }))).toStrictEqual([]);
    expect(
      notesOf(orphaned({}, { ...given, manifests: [other, aManifest({ name: 'X', id: anId(1) })] })),
    ).toStrictEqual([]);
  });

  test.each([
    { title: 'the listing was unstable', given: { live: { stable: false } } },
    { title: 'the listing was not counted', given: { live: { uncounted: true as const } } },
    { title: 'a manifest is broken', given: { desired: { complete: false } } },
    { title: 'the run is about a part', given: { selection: { only: ['Old'] } } },
    { title: 'there is not a single manifest', given: { manifests: [] } },
  ])('nothing counts as lost or gone when $title', ({ given }) => {
    expect(notesOf(orphaned({ deletionPolicy: 'orphan' }, given))).toStrictEqual([]);
  });

  test('an empty desired state that is meant gives orphans up', () => {
    const given = orphaned({ deletionPolicy: 'orphan' }, { manifests: [], policy: { allowEmpty: true } });

    expect(notesOf(given)).toContainEqual({ kind: 'released', id: anId(1), at: 5000 });
  });

  test('what is not selected is not recorded', () => {
    const manifest = { ...other, deletionPolicy: 'protect' as const };
    const given = { manifests: [manifest], applications: [otherLive], owned: aLedger({ entries: [otherEntry] }) };

    expect(notesOf({ ...given, selection: { only: ['nothing'] } })).toStrictEqual([]);
    expect(notesOf({ ...given, selection: { only: ['Oth*'] } })).toHaveLength(1);
  });
});

describe('an undecided create whose manifest is gone', () => {
  const intent = anIntent({ name: 'Lost', postedAt: 0, endedAt: 0 });
  const kindsOf = (given: Given) =>
    planOf({ manifests: [other], now: intentMemoryMs + 1, ...given }).notes.map(({ kind }) => kind);

  test.each([
    { title: 'is given up after seven days', given: {}, expected: ['intent-abandoned'] },
    { title: 'is kept for seven days', given: { now: intentMemoryMs }, expected: [] },
    {
      title: 'is kept while a manifest has its name',
      given: { manifests: [aManifest({ name: 'Lost' })] },
      expected: [],
    },
    {
      title: 'is kept while a manifest has its name under formerly',
      given: { manifests: [aManifest({ name: 'New', formerly: ['Lost'] })] },
      expected: [],
    },
    {
      title: 'is kept while a broken manifest has its name',
      given: { desired: { broken: [{ place: { file: 'x', line: 1, column: 1 }, name: 'Lost' }] } },
      expected: [],
    },
  ])('$title', ({ given, expected }) => {
    expect(kindsOf({ owned: aLedger({ intents: [intent] }), ...given })).toStrictEqual(expected);
  });

  test('a key without a name is given up, too', () => {
    const { name: _none, ...nameless } = intent;

    expect(kindsOf({ owned: aLedger({ intents: [nameless] }) })).toStrictEqual(['intent-abandoned']);
  });
});

test('what is gone and has a namesake to adopt is told by the adoption alone, which a person allows when nothing else is live', () => {
  const manifest = aManifest({ name: 'Old' });
  const entry = anEntry({ id: anId(1), manifest });
  const namesake = anApplication({ id: anId(3), name: 'Old' });

  const given = {
    manifests: [manifest],
    applications: [namesake],
    owned: aLedger({ entries: [entry] }),
    gone: [anId(1)],
  };

  expect(summaryOf(planOf(given))).toStrictEqual(['blocked (vanished) Old']);
  expect(summaryOf(planOf({ ...given, overrides: { allowCreates: 1 } }))).toStrictEqual(['adopt Old']);
});
