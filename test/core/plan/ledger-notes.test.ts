import { describe, expect, test } from 'vitest';
import { intentMemoryMs } from '../../../src/core/ledger/intents.ts';
import type { LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import { recordAll } from '../../../src/core/ledger/record.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { type NotesInput, notesOf } from '../../../src/core/plan/ledger-notes.ts';
import { defaultPolicy } from '../../../src/core/plan/policy.ts';
import { aDesiredState, aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../../builders.ts';
import { fakePublicKey } from '../../reconcile/fake-keys.ts';
import { planOf } from '../plan-of.ts';

const ours = fakePublicKey(1);
const theirs = fakePublicKey(2);

function notes(given: Partial<NotesInput>) {
  return notesOf({
    owned: aLedger(),
    desired: aDesiredState(),
    leftBehind: undefined,
    policy: defaultPolicy,
    now: 100,
    paired: [],
    unchanged: new Set(),
    orphans: [],
    givenUp: new Set(),
    gone: [],
    names: new Set(),
    conclusive: true,
    ...given,
  });
}

describe('a manifest that brings its own key', () => {
  const manifest = aManifest({ spec: { keys: { public_key: theirs.pem } } });
  const applied = { name: 'Support', appliedHash: manifest.hash, specHash: manifest.specHash };
  const seen = { paused: false, file: 'Support.yaml', revision: 'r2', ...applied };
  const held = anEntry({ keyFingerprint: ours.fingerprint, keyGenerated: true });
  const paired = (entry: LedgerEntry, declared: Manifest = manifest) => ({
    paired: [{ entry, manifest: declared }],
    unchanged: new Set([entry.id]),
  });
  const brought = { keyFingerprint: theirs.fingerprint, keyGenerated: false };

  test('replaces the pair we made, whose file stays named', () => {
    expect(notes(paired(held))).toStrictEqual([
      { kind: 'observed', id: anId(1), seen: { ...seen, ...brought } },
      {
        kind: 'key-retired',
        key: { fingerprint: ours.fingerprint, id: anId(1), name: 'Support', at: 100, reason: 'rotated' },
      },
    ]);
  });

  test.each([
    { title: 'a key of somebody else', entry: anEntry({ keyFingerprint: ours.fingerprint }) },
    { title: 'a key we never knew', entry: anEntry({ keyGenerated: true }) },
    { title: 'no key', entry: anEntry() },
  ])('replaces $title, and nothing is retired', ({ entry }) => {
    expect(notes(paired(entry))).toStrictEqual([{ kind: 'observed', id: anId(1), seen: { ...seen, ...brought } }]);
  });

  test.each([
    { title: 'the key that is recorded', spec: { keys: { public_key: ours.pem } } },
    { title: 'a text that is not a key', spec: { keys: { public_key: 'no key' } } },
    { title: 'no text', spec: { keys: { public_key: 7 } } },
    { title: 'no key', spec: {} },
  ])('says nothing new with $title', ({ spec }) => {
    const declared = aManifest({ spec });

    expect(notes(paired(held, declared))).toStrictEqual([
      {
        kind: 'observed',
        id: anId(1),
        seen: { ...seen, appliedHash: declared.hash, specHash: declared.specHash },
      },
    ]);
  });

  test('counts only where the application is as the manifest says', () => {
    expect(notes({ ...paired(held), unchanged: new Set() })).toStrictEqual([]);
  });
});

test('another revision is no news by itself, and is recorded with what is', () => {
  const entry = anEntry();
  const seenAs = (manifest: Manifest) => notes({ paired: [{ entry, manifest }] });

  expect(seenAs(aManifest())).toStrictEqual([]);
  expect(seenAs(aManifest({ reconcile: 'paused' }))).toStrictEqual([
    { kind: 'observed', id: anId(1), seen: { paused: true, file: 'Support.yaml', revision: 'r2' } },
  ]);
});

describe('a create that was given up', () => {
  const now = 2 * intentMemoryMs;
  const intent = anIntent({ name: 'Gone', openedAt: now - intentMemoryMs - 1 });
  const abandoned = { kind: 'intent-abandoned', fingerprint: intent.fingerprint, at: now };

  test.each([
    { title: 'after seven days', given: intent, expected: [{ ...abandoned, name: 'Gone' }] },
    { title: 'not at seven days', given: { ...intent, openedAt: now - intentMemoryMs }, expected: [] },
    { title: 'not while a manifest has its name', given: { ...intent, name: 'Wanted' }, expected: [] },
    {
      title: 'without a name after seven days',
      given: (({ name: _none, ...nameless }) => nameless)(intent),
      expected: [{ ...abandoned, name: undefined }],
    },
  ])('$title', ({ given, expected }) => {
    const owned = aLedger({ intents: [given] });

    expect(notes({ owned, now, names: new Set(['Wanted']) })).toStrictEqual(expected);
    expect(notes({ owned, now, names: new Set(['Wanted']), conclusive: false })).toStrictEqual([]);
  });
});

describe('what is left alone is not recorded as applied', () => {
  const manifest = aManifest({ spec: { capabilities: { voice: { region: 'eu-west' } } } });
  const live = anApplication({ body: { capabilities: { voice: { region: 'na-east' } } } });
  const heal = { path: '/capabilities/voice/region', at: 0 };
  const entry = anEntry({ manifest, revision: 'r2', healed: [heal, heal, heal] });

  test('a fight with another writer', () => {
    const plan = planOf({ manifests: [manifest], applications: [live], owned: aLedger({ entries: [entry] }) });

    expect(plan.skips).toMatchObject([{ guard: 'fight' }]);
    expect(plan.notes).toStrictEqual([]);
  });

  test('a manifest that is paused', () => {
    const paused: Manifest = { ...manifest, reconcile: 'paused', hash: 'new' };

    const plan = planOf({ manifests: [paused], applications: [live], owned: aLedger({ entries: [entry] }) });

    expect(plan.notes).toStrictEqual([
      { kind: 'observed', id: anId(1), seen: { paused: true, file: 'Support.yaml', revision: 'r2' } },
    ]);
  });
});

describe('an application that lost its manifest', () => {
  const lost = anApplication({ id: anId(9), name: 'Old' });
  const twins = [anApplication({ id: anId(1) }), anApplication({ id: anId(2) })];
  const owned = aLedger({ entries: [anEntry({ id: anId(9), name: 'Old' })] });

  test('is no orphan while a manifest in conflict may refer to it', () => {
    const given = { applications: [...twins, lost], owned };
    const contested = { ...aManifest({ spec: { a: 1 } }), place: { file: 'Old.yaml', line: 1, column: 1 } };

    expect(planOf({ ...given, manifests: [aManifest({ name: 'New', spec: { b: 1 } })] }).notes).toMatchObject([
      { kind: 'observed', id: anId(9), seen: { orphaned: { policy: 'upsert' } } },
    ]);
    expect(planOf({ ...given, applications: [lost], manifests: [contested] }).notes).toStrictEqual([]);
  });

  test.each([
    { title: 'names', selection: { only: ['New'] } },
    { title: 'labels', selection: { labels: { team: 'a' } } },
    { title: 'a directory', selection: { directory: 'apps' } },
  ])('is no orphan by a run over a part of the manifests, chosen by $title', ({ selection }) => {
    expect(
      planOf({ manifests: [aManifest({ name: 'New' })], applications: [lost], owned, selection }).notes,
    ).toStrictEqual([]);
  });

  test.each([
    { title: 'another owned application is live', applications: [lost], released: 2 },
    { title: 'no owned application is live', applications: [], released: 0 },
  ])('and is gone leaves the ledger if $title: $released', ({ applications, released }) => {
    const ids = [1, 2].map(anId);
    const entries = [...ids.map((id) => anEntry({ id, name: id })), anEntry({ id: lost.id, name: lost.name })];

    const plan = planOf({ manifests: [aManifest()], applications, owned: aLedger({ entries }), gone: ids });

    expect(plan.notes.filter(({ kind }) => kind === 'released')).toHaveLength(released);
  });

  test('and is missing stays in the ledger until a second look', () => {
    const given = {
      manifests: [aManifest()],
      applications: [lost],
      owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Old' }), anEntry({ id: lost.id, name: lost.name })] }),
      live: { missing: [anId(1)] },
    };

    expect(planOf(given).notes.filter(({ kind }) => kind === 'released')).toEqual([]);
    expect(planOf(given).skips).toContainEqual(expect.objectContaining({ reason: 'missing', name: 'Old' }));
  });
});

describe('an application that is gone while another one has its name', () => {
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const manifests = numbers.map((number) => aManifest({ name: `app ${number}` }));
  const entries = manifests.map((manifest, index) => anEntry({ id: anId(index + 1), manifest }));
  const applications = numbers.map((number) =>
    anApplication({ id: anId(number <= 3 ? number + 100 : number), name: `app ${number}` }),
  );
  const given = { manifests, applications, owned: aLedger({ entries }), gone: [1, 2, 3].map(anId) };

  test('stays in the ledger while a guard holds the adoption back, so that the next pass is guarded, too', () => {
    const plan = planOf(given);
    expect(plan.guards).toMatchObject([{ guard: 'vanished', blocked: 3 }]);

    const next = planOf({ ...given, owned: recordAll(given.owned, plan.notes) });

    expect(next.guards).toMatchObject([{ guard: 'vanished', blocked: 3 }]);
    expect(next.changes).toEqual([]);
  });

  test.each([
    {
      title: 'adoption is explicit',
      conflicting: { ...given, policy: { ...defaultPolicy, adoption: 'explicit' } },
    },
    {
      title: 'there are several of the name',
      conflicting: {
        ...given,
        applications: [
          ...applications,
          ...[1, 2, 3].map((number) => anApplication({ id: anId(number + 200), name: `app ${number}` })),
        ],
      },
    },
    {
      title: 'other manifests mean it, too',
      conflicting: {
        ...given,
        manifests: [
          ...manifests.map((manifest) => ({ ...manifest, name: `new ${manifest.name}`, formerly: [manifest.name] })),
          ...manifests.map(({ name }) => aManifest({ name: `rival of ${name}`, formerly: [`new ${name}`] })),
        ],
        applications: applications.map((application) => ({ ...application, name: `new ${application.name}` })),
      },
    },
  ] as const)('stays in the ledger while it is a conflict because $title', ({ conflicting }) => {
    const plan = planOf(conflicting);
    expect(plan.skips.filter(({ reason }) => reason === 'conflict').length).toBeGreaterThanOrEqual(3);

    const next = planOf({ ...given, owned: recordAll(given.owned, plan.notes) });

    expect(next.guards).toMatchObject([{ guard: 'vanished', blocked: 3 }]);
    expect(next.changes).toEqual([]);
  });

  test('leaves it with the adoption that a person allows', () => {
    const plan = planOf({ ...given, overrides: { allowCreates: 3 } });

    expect(plan.changes.map((change) => 'replaces' in change && change.replaces)).toEqual([1, 2, 3].map(anId));
    expect(plan.notes.filter(({ kind }) => kind === 'released')).toEqual([]);
  });
});
