import { expect, test } from 'vitest';
import { hashJson } from '../../../src/core/hash.ts';
import { type RestoreInput, restoreChange, restoreKey, withoutMember } from '../../../src/core/ledger/restore.ts';
import { aFingerprint, aLedger, anApplication, anId, anIntent } from '../../builders.ts';
import { fakePublicKey } from '../../reconcile/fake-keys.ts';

const key = fakePublicKey(1);
const body = {
  name: 'Support',
  keys: { public_key: key.pem },
  privacy: { improve_ai: true },
  capabilities: { rtc: {}, video: { webhooks: {}, extra: 1 } },
};
const deleted = { id: anId(1), name: 'Support', body };

function restore(given: Partial<RestoreInput> = {}): ReturnType<typeof restoreChange> {
  return restoreChange({
    deleted,
    key: { kind: 'held', fingerprint: key.fingerprint },
    owned: aLedger(),
    applications: [],
    now: 100,
    settleMs: 10,
    ...given,
  });
}

test.each([
  { title: 'the pair in hand', given: deleted, held: [key.fingerprint], kind: 'held' },
  { title: 'the public key it had', given: deleted, held: [], kind: 'public' },
  { title: 'a new pair when it had no key', given: { ...deleted, body: {} }, held: [key.fingerprint], kind: 'new' },
  {
    title: 'a new pair when its key was none',
    given: { ...deleted, body: { keys: { public_key: 'no key' } } },
    held: [key.fingerprint],
    kind: 'new',
  },
])('an application comes back with $title', ({ given, held, kind }) => {
  expect(restoreKey(given, held).kind).toBe(kind);
});

test('it comes back whole, protected, and with the pair in hand', () => {
  const change = restore();

  expect(change).toMatchObject({ action: 'create', name: 'Support', heldFingerprint: key.fingerprint, before: [] });
  expect(change.manifest).toMatchObject({ deletionPolicy: 'protect', reconcile: 'enabled' });
  expect(change.manifest.spec).toStrictEqual({ privacy: body.privacy, capabilities: body.capabilities });
});

test('a public key whose private half is elsewhere is declared, like one that a manifest brings', () => {
  const { manifest, heldFingerprint } = restore({ key: { kind: 'public', ...key } });

  expect({ keys: manifest.spec.keys, heldFingerprint }).toStrictEqual({
    keys: { public_key: key.pem },
    heldFingerprint: undefined,
  });
});

test('applications that carry its key already are not the one to be created', () => {
  const other = anApplication({ id: anId(7), name: 'Other', body: { keys: { public_key: key.pem } } });

  expect(restore({ applications: [other] }).before).toStrictEqual([anId(7)]);
  expect(restore({ applications: [other], key: { kind: 'new' } }).before).toStrictEqual([]);
});

test.each([
  {
    title: 'it exists under another name',
    given: { applications: [anApplication({ name: 'Renamed' })] },
    reason: `it exists (${anId(1)}), so there is nothing to restore`,
  },
  {
    title: 'its name is taken',
    given: { applications: [anApplication({ id: anId(2), name: 'Support' })] },
    reason: `an application with that name exists (${anId(2)}): there would be two`,
  },
  {
    title: 'its name is nearly taken',
    given: { applications: [anApplication({ id: anId(2), name: 'SUPPORT ' })] },
    reason: `an application with that name exists (${anId(2)}): there would be two`,
  },
  {
    title: 'a create of its name is under way',
    given: { owned: aLedger({ intents: [anIntent({ postedAt: 1 })] }) },
    reason: 'a create with that name is undecided: wait until it is resolved, then try again',
  },
  {
    title: 'a create of its name may still show up',
    given: { owned: aLedger({ intents: [anIntent({ postedAt: 1, endedAt: 95 })] }) },
    reason: 'a create with that name is undecided: wait until it is resolved, then try again',
  },
])('refused: $title', ({ given, reason }) => {
  expect(() => restore(given)).toThrow(
    expect.objectContaining({ code: 'E_REFUSED', message: `Support: refused: ${reason}` }),
  );
});

test('a create of another name stands in nobody’s way', () => {
  const intents = [anIntent({ name: 'Other', postedAt: 1 }), anIntent({ name: 'Other', fingerprint: key.fingerprint })];

  expect(restore({ owned: aLedger({ intents }) })).not.toHaveProperty('intent');
});

const over = { postedAt: 1, endedAt: 2 };
const mine = anIntent({ ...over, fingerprint: key.fingerprint });
const anothers = anIntent({ ...over, fingerprint: aFingerprint('another') });

test.each([
  {
    title: 'with its key',
    intents: [anothers, mine],
    kind: { kind: 'held', fingerprint: key.fingerprint },
    taken: mine,
  },
  {
    title: 'with another key',
    intents: [anothers],
    kind: { kind: 'held', fingerprint: key.fingerprint },
    taken: undefined,
  },
  {
    title: 'with a pair of ours, where it needs a new one',
    intents: [anothers],
    kind: { kind: 'new' },
    taken: anothers,
  },
  {
    title: 'with a key of a manifest, where it needs a new one',
    intents: [{ ...anothers, keyGenerated: false }],
    kind: { kind: 'new' },
    taken: undefined,
  },
] as const)('an earlier try $title', ({ intents, kind, taken }) => {
  expect(restore({ key: kind, owned: aLedger({ intents }) }).intent).toStrictEqual(taken);
});

test('a field the API does not take is left out wherever it stands', () => {
  const { change, leftOut } = withoutMember(restore(), 'extra');

  expect(leftOut).toStrictEqual(['/capabilities/video/extra']);
  expect(change.manifest.spec.capabilities).toStrictEqual({ rtc: {}, video: { webhooks: {} } });
  expect(change.manifest.specHash).not.toBe(restore().manifest.specHash);
});

test('a field that is not there leaves the body as it is', () => {
  const { change, leftOut } = withoutMember(restore(), 'nothing');

  expect({ leftOut, spec: change.manifest.spec }).toStrictEqual({ leftOut: [], spec: restore().manifest.spec });
});

test('the create shows every field, and where it comes from', () => {
  const { specHash, ...manifest } = restore().manifest;

  expect(restore()).toStrictEqual({
    action: 'create',
    name: 'Support',
    reason: 'deleted outside',
    manifest: { ...manifest, specHash },
    place: { file: '', line: 1, column: 1 },
    members: [
      { path: '/capabilities/rtc', after: {} },
      { path: '/capabilities/video/extra', after: 1 },
      { path: '/name', after: 'Support' },
      { path: '/privacy/improve_ai', after: true },
    ],
    unchanged: 0,
    before: [],
    heldFingerprint: key.fingerprint,
  });
  expect(manifest).toStrictEqual({
    name: 'Support',
    labels: {},
    deletionPolicy: 'protect',
    reconcile: 'enabled',
    ignore: [],
    spec: { privacy: body.privacy, capabilities: body.capabilities },
    concealed: new Map(),
    place: { file: '', line: 1, column: 1 },
    ownFile: false,
    hash: hashJson({ name: 'Support', spec: { privacy: body.privacy, capabilities: body.capabilities } }),
  });
});

test('applications with its key come in the order of their ids, others not at all', () => {
  const withKey = [8, 7].map((id) => anApplication({ id: anId(id), name: `${id}`, body: { keys: body.keys } }));
  const without = anApplication({ id: anId(9), name: 'Without' });

  expect(restore({ applications: [...withKey, without] }).before).toStrictEqual([anId(7), anId(8)]);
  expect(restore({ applications: [without], key: { kind: 'new' } }).before).toStrictEqual([]);
});

test('a field is left out below every object, and lists are not looked into', () => {
  const deep = { ...deleted, body: { name: 'Support', a: { extra: 1, b: { extra: {} } }, list: [{ extra: 1 }] } };

  const { change, leftOut } = withoutMember(restore({ deleted: deep }), 'extra');

  expect(leftOut).toStrictEqual(['/a/extra', '/a/b/extra']);
  expect(change.manifest.spec).toStrictEqual({ a: { b: {} }, list: [{ extra: 1 }] });
});
