import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/core/application/key-fingerprint.ts';
import type { LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import { proposeLedger, type RebuildInput } from '../../../src/core/ledger/rebuild.ts';
import { recordAll } from '../../../src/core/ledger/record.ts';
import { planChanges } from '../../../src/core/plan/plan-changes.ts';
import { defaultPolicy, everything, noOverrides } from '../../../src/core/plan/policy.ts';
import { aDesiredState, aLedger, aLiveState, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { fakePublicKey } from '../../reconcile/fake-keys.ts';

const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).publicKey;
const fingerprint = fingerprintOf(pem) ?? '';
const keyed = { keys: { public_key: pem } };

function propose(given: Partial<RebuildInput>): ReturnType<typeof proposeLedger> {
  return proposeLedger({
    desired: aDesiredState(),
    live: aLiveState(),
    owned: aLedger(),
    policy: defaultPolicy,
    keys: [],
    ...given,
  });
}

/** What is proposed, in short. */
function ownedBy(given: Partial<RebuildInput>): readonly unknown[] {
  return propose(given).entries.map(({ entry: { name, origin, keyGenerated }, evidence }) => [
    name,
    origin,
    keyGenerated,
    evidence,
  ]);
}

const support = aManifest();
const voice = { capabilities: { voice: { webhooks: { answer_url: { address: 'https://a.example' } } } } };

test.each([
  {
    title: 'an application with a key whose private half we hold was created',
    given: { keys: [fingerprint], live: aLiveState({ applications: [anApplication({ body: keyed })] }) },
    expected: [['Support', 'created', true, 'private key available']],
  },
  {
    title: 'an application that a manifest pins was adopted',
    given: {
      desired: aDesiredState({ manifests: [aManifest({ id: anId(1) })] }),
      live: aLiveState({ applications: [anApplication({ name: 'Old name' })] }),
    },
    expected: [['Support', 'adopted', false, 'pinned by id']],
  },
  {
    title: 'the one application with a manifest’s name was adopted',
    given: { desired: aDesiredState({ manifests: [support] }), live: aLiveState({ applications: [anApplication()] }) },
    expected: [['Support', 'adopted', false, 'same name']],
  },
  {
    title: 'a key tells more than a name',
    given: {
      keys: [fingerprint],
      desired: aDesiredState({ manifests: [support] }),
      live: aLiveState({ applications: [anApplication({ body: keyed })] }),
    },
    expected: [['Support', 'created', true, 'private key available']],
  },
  {
    title: 'an application that nothing of ours names is left',
    given: { live: aLiveState({ applications: [anApplication()] }) },
    expected: [],
  },
  {
    title: 'a name that only was the manifest’s earlier one is left to a pass',
    given: {
      desired: aDesiredState({ manifests: [aManifest({ name: 'New', formerly: ['Support'] })] }),
      live: aLiveState({ applications: [anApplication()] }),
    },
    expected: [],
  },
  {
    title: 'what is owned already is not proposed',
    given: {
      keys: [fingerprint],
      owned: aLedger({ entries: [anEntry()] }),
      desired: aDesiredState({ manifests: [support] }),
      live: aLiveState({ applications: [anApplication({ body: keyed })] }),
    },
    expected: [],
  },
  {
    title: 'the key of a released application says nothing',
    given: {
      keys: [fingerprint],
      owned: aLedger({ retired: [{ fingerprint, at: 0, reason: 'released' as const }] }),
      live: aLiveState({ applications: [anApplication({ body: keyed })] }),
    },
    expected: [],
  },
  {
    title: 'outside the account’s scope nothing is proposed',
    given: {
      keys: [fingerprint],
      policy: { ...defaultPolicy, scopeNames: ['team-*'] },
      live: aLiveState({ applications: [anApplication({ body: keyed })] }),
    },
    expected: [],
  },
  {
    title: 'inside the scope it is',
    given: {
      keys: [fingerprint],
      policy: { ...defaultPolicy, scopeNames: ['Sup*'] },
      live: aLiveState({ applications: [anApplication({ body: keyed })] }),
    },
    expected: [['Support', 'created', true, 'private key available']],
  },
])('$title', ({ given, expected }) => {
  expect(ownedBy(given)).toStrictEqual(expected);
});

test.each([
  {
    title: 'two applications with one name',
    given: {
      desired: aDesiredState({ manifests: [support] }),
      live: aLiveState({ applications: [anApplication(), anApplication({ id: anId(2) })] }),
    },
  },
  {
    title: 'two applications with one key of ours',
    given: {
      keys: [fingerprint],
      live: aLiveState({
        applications: [anApplication({ body: keyed }), anApplication({ id: anId(2), name: 'B', body: keyed })],
      }),
    },
  },
  {
    title: 'a name while adoption is explicit',
    given: {
      policy: { ...defaultPolicy, adoption: 'explicit' as const },
      desired: aDesiredState({ manifests: [support] }),
      live: aLiveState({ applications: [anApplication()] }),
    },
  },
  {
    title: 'an adoption that would remove a capability',
    given: {
      desired: aDesiredState({ manifests: [aManifest({ spec: { capabilities: {} } })] }),
      live: aLiveState({ applications: [anApplication({ body: voice })] }),
    },
  },
])('left to a person: $title', ({ given }) => {
  const { entries, leftOut } = propose(given);

  expect({ entries: entries.length, leftOut: leftOut.length }).toStrictEqual({ entries: 0, leftOut: 1 });
});

test('entries come in the order of names, whatever the order of what they are made from', () => {
  const manifests = ['B', 'A', 'C'].map((name) => aManifest({ name }));
  const applications = ['C', 'B', 'A'].map((name, index) => anApplication({ id: anId(index + 1), name }));

  const { entries } = propose({ desired: aDesiredState({ manifests }), live: aLiveState({ applications }) });

  expect(entries.map(({ entry }) => entry.name)).toStrictEqual(['A', 'B', 'C']);
});

/** The plan under `sync` of an account whose manifests are all gone but one that is not about this entry. */
function planWithout(entry: LedgerEntry): ReturnType<typeof planChanges> {
  return planChanges({
    desired: aDesiredState({ manifests: [aManifest({ name: 'Another', reconcile: 'paused' })] }),
    live: aLiveState({ applications: [anApplication({ id: entry.id, name: entry.name })] }),
    owned: aLedger({ entries: [entry] }),
    policy: { ...defaultPolicy, policy: 'sync' },
    selection: everything,
    overrides: noOverrides,
    now: 0,
    listedAt: 0,
  });
}

test('what was rebuilt is not deleted before a pass has seen its manifest, and is once one has', () => {
  const live = aLiveState({ applications: [anApplication({ body: keyed })] });
  const [proposed] = propose({ keys: [fingerprint], live }).entries;
  const entry = proposed?.entry ?? anEntry();
  const observed = planChanges({
    desired: aDesiredState({ manifests: [support] }),
    live,
    owned: aLedger({ entries: [entry], root: '/manifests' }),
    policy: { ...defaultPolicy, policy: 'sync' },
    selection: everything,
    overrides: noOverrides,
    now: 0,
    listedAt: 0,
  });

  const before = planWithout(entry);
  const after = planWithout(recordAll(aLedger({ entries: [entry] }), observed.notes).entries.get(entry.id) ?? entry);

  expect(before.changes).toStrictEqual([]);
  expect(before.skips).toContainEqual(expect.objectContaining({ name: 'Support', reason: 'protected' }));
  expect(after.changes).toStrictEqual([expect.objectContaining({ action: 'delete', name: 'Support' })]);
});

describe('what is proposed, field by field', () => {
  const other = fakePublicKey(7);
  const bare = {
    id: anId(1),
    name: 'Support',
    deletionPolicy: 'protect',
    paused: false,
    revision: '',
    normalised: [],
    unproven: [],
    healed: [],
  };

  test('a key in hand makes an entry without a file', () => {
    const application = anApplication({ body: keyed });
    const stranger = anApplication({ id: anId(2), name: 'Stranger', body: { keys: { public_key: other.pem } } });

    const { entries, leftOut } = propose({
      keys: ['f'.repeat(64), fingerprint],
      live: aLiveState({ applications: [stranger, application] }),
    });

    const entry = { ...bare, origin: 'created', keyFingerprint: fingerprint, keyGenerated: true, file: '' };
    expect(entries).toStrictEqual([{ entry, application, evidence: 'private key available' }]);
    expect(leftOut).toStrictEqual([]);
  });

  test('a key in hand whose application a manifest means makes an entry with its name and file', () => {
    const application = anApplication({ name: 'Old name', body: keyed });
    const manifest = aManifest({ id: anId(1), place: { file: 'a/support.yaml', line: 1, column: 1 } });

    const { entries } = propose({
      keys: [fingerprint],
      desired: aDesiredState({ manifests: [manifest] }),
      live: aLiveState({ applications: [application] }),
    });

    const entry = { ...bare, origin: 'created', keyFingerprint: fingerprint, keyGenerated: true };
    expect(entries[0]?.entry).toStrictEqual({ ...entry, file: 'a/support.yaml' });
  });

  test.each([
    { title: 'its key', body: { keys: { public_key: other.pem } }, key: { keyFingerprint: other.fingerprint } },
    { title: 'no key', body: {}, key: {} },
  ])('an adopted application is recorded with $title', ({ body, key }) => {
    const application = anApplication({ body });

    const { entries } = propose({
      desired: aDesiredState({ manifests: [support] }),
      live: aLiveState({ applications: [application] }),
    });

    const entry = { ...bare, origin: 'adopted', keyGenerated: false, file: 'Support.yaml', ...key };
    expect(entries).toStrictEqual([{ entry, application, evidence: 'same name' }]);
  });

  test('twins of one name come in the order of their ids', () => {
    const keys = [fingerprint, other.fingerprint];
    const bodies = [keyed, { keys: { public_key: other.pem } }];
    const applications = bodies.map((body, index) => anApplication({ id: anId(index + 1), body }));
    const ids = (given: Partial<RebuildInput>) => propose(given).entries.map(({ entry: { id } }) => id);

    const live = aLiveState({ applications });
    expect(ids({ keys, live })).toStrictEqual([anId(1), anId(2)]);
    expect(ids({ keys: keys.toReversed(), live })).toStrictEqual([anId(1), anId(2)]);
  });

  test('what is left to a person says why, and which applications it is about', () => {
    const twins = [anApplication({ id: anId(2), body: keyed }), anApplication({ id: anId(1), name: 'B', body: keyed })];
    const losing = {
      desired: aDesiredState({ manifests: [aManifest({ spec: { capabilities: {} } })] }),
      live: aLiveState({
        applications: [anApplication({ body: { capabilities: { ...voice.capabilities, rtc: {} } } })],
      }),
    };

    expect(propose({ keys: [fingerprint], live: aLiveState({ applications: twins }) }).leftOut).toStrictEqual([
      { name: 'Support', ids: [anId(2), anId(1)], message: 'several applications have the same managed key' },
    ]);
    expect(propose(losing).leftOut).toStrictEqual([
      {
        name: 'Support',
        ids: [anId(1)],
        message:
          'adopting it would remove what the manifest does not declare (/capabilities/voice, /capabilities/rtc): run apply to adopt it',
      },
    ]);
  });
});
