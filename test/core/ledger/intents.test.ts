import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Application } from '../../../src/core/application/application.ts';
import { fingerprintOf } from '../../../src/core/application/key-fingerprint.ts';
import { liveFingerprint, recognizeIntents, settlementRecords, withEntries } from '../../../src/core/ledger/intents.ts';
import type { Intent, LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import { aLedger, anApplication, anEntry, anId, anIntent } from '../../builders.ts';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const fingerprint = fingerprintOf(pem) ?? '';
const intent = anIntent({ name: 'Support', fingerprint, postedAt: 1 });
const withKey = (number: number, name = 'Support') =>
  anApplication({ id: anId(number), name, body: { keys: { public_key: pem } } });

describe('a lost create is recognized by its key', () => {
  const { name: _none, ...nameless } = intent;

  test.each<{
    title: string;
    intent: Intent;
    applications: Application[];
    entries?: LedgerEntry[];
    expected: number[];
  }>([
    {
      title: 'one application has it',
      intent,
      applications: [withKey(1), anApplication({ id: anId(2) })],
      expected: [1],
    },
    { title: 'it was renamed since', intent, applications: [withKey(1, 'Renamed')], expected: [1] },
    { title: 'two applications have it', intent, applications: [withKey(1), withKey(2)], expected: [] },
    { title: 'none has it', intent, applications: [anApplication()], expected: [] },
    { title: 'it is owned already', intent, applications: [withKey(1)], entries: [anEntry()], expected: [] },
    {
      title: 'it was there before the POST',
      intent: { ...intent, before: [anId(1)] },
      applications: [withKey(1)],
      expected: [],
    },
    {
      title: 'a key the manifest brings needs the name, too',
      intent: { ...intent, keyGenerated: false },
      applications: [withKey(1, 'Another')],
      expected: [],
    },
    {
      title: 'a key the manifest brings under the right name',
      intent: { ...intent, keyGenerated: false },
      applications: [withKey(1), withKey(2, 'Another')],
      expected: [1],
    },
    { title: 'a key found without a record', intent: nameless, applications: [withKey(1)], expected: [1] },
  ])('$title', ({ intent: open, applications, entries = [], expected }) => {
    const found = recognizeIntents(aLedger({ intents: [open], entries }), applications);

    expect(found.map(({ id }) => id)).toStrictEqual(expected.map(anId));
  });

  test('a ledger without open creates recognizes nothing', () => {
    expect(recognizeIntents(aLedger(), [withKey(1)])).toStrictEqual([]);
  });

  test('it becomes an entry that says who made it and from what', () => {
    const [entry] = recognizeIntents(aLedger({ intents: [intent] }), [withKey(1, 'Renamed')]);

    expect(entry).toStrictEqual({
      id: anId(1),
      name: 'Support',
      origin: 'created',
      paused: false,
      keyFingerprint: fingerprint,
      keyGenerated: true,
      file: 'Support.yaml',
      revision: 'r1',
      appliedHash: 'hash',
      specHash: 'spec hash',
      normalised: [],
      unproven: [{ path: '', sent: 'hash', echoed: 'hash', writes: 1 }],
      healed: [],
    });
  });

  test('it keeps what the manifest said of deletion when it was posted', () => {
    const open: Intent = { ...intent, deletionPolicy: 'protect' };

    expect(recognizeIntents(aLedger({ intents: [open] }), [withKey(1)])[0]).toHaveProperty('deletionPolicy', 'protect');
    expect(recognizeIntents(aLedger({ intents: [intent] }), [withKey(1)])[0]).not.toHaveProperty('deletionPolicy');
  });

  test('it keeps which namesakes were there before it was posted: they are no twins of it', () => {
    const open: Intent = { ...intent, before: [anId(5)] };

    expect(recognizeIntents(aLedger({ intents: [open] }), [withKey(1)])[0]).toHaveProperty('namesakes', [anId(5)]);
  });

  test('a key found without a record makes it adopted, so that nothing deletes it unasked', () => {
    const stray = { ...nameless, hash: '', specHash: '' };

    const [entry] = recognizeIntents(aLedger({ intents: [stray] }), [withKey(1)]);

    expect(entry).toMatchObject({ name: 'Support', origin: 'adopted', keyGenerated: true });
    expect(entry).not.toHaveProperty('appliedHash');
  });
});

describe('settling', () => {
  const other = anIntent({ name: 'Other', fingerprint: 'other', postedAt: 1 });

  test('what was found is owned and no longer open', () => {
    const ledger = aLedger({ intents: [intent, other] });
    const found = recognizeIntents(ledger, [withKey(1)]);

    const after = withEntries(ledger, found);

    expect([...after.entries.keys()]).toStrictEqual([anId(1)]);
    expect(after.intents).toStrictEqual([other]);
    expect(ledger.entries.size).toBe(0);
  });

  test('each that was found closes its own create', () => {
    const ledger = aLedger({ intents: [intent, other] });
    const found = [
      anEntry({ id: anId(1), keyFingerprint: fingerprint }),
      anEntry({ id: anId(2), keyFingerprint: 'other' }),
    ];

    const after = withEntries(ledger, found);

    expect(after.intents).toStrictEqual([]);
    expect([...after.entries.keys()]).toStrictEqual([anId(1), anId(2)]);
  });

  test('nothing found leaves the ledger as it is', () => {
    const ledger = aLedger({ intents: [intent] });

    expect(withEntries(ledger, [])).toBe(ledger);
  });

  test('a create whose process died counts as ended now; the others are left alone', () => {
    const unsent = anIntent({ name: 'Unsent' });
    const ended = { ...other, fingerprint: 'ended', endedAt: 5 };
    const ledger = aLedger({ intents: [intent, other, unsent, ended] });
    const found = recognizeIntents(ledger, [withKey(1)]);

    expect(settlementRecords(ledger, ledger, found, 9)).toStrictEqual([
      { kind: 'entry', entry: { ...found[0], boundAt: 9 } },
      { kind: 'intent', intent: { ...other, endedAt: 9 } },
    ]);
  });

  test.each([
    { title: 'ended just now', endedAt: 9, records: 0 },
    { title: 'ended in the future, because the clock was set back: it counts as ended now', endedAt: 10, records: 1 },
  ])('a create that $title', ({ endedAt, records }) => {
    const ledger = aLedger({ intents: [{ ...other, endedAt }] });

    const expected = [{ kind: 'intent', intent: { ...other, endedAt: 9 } }].slice(0, records);
    expect(settlementRecords(ledger, ledger, [], 9)).toStrictEqual(expected);
  });
});

test.each([
  { title: 'a key', body: { keys: { public_key: pem } }, expected: fingerprint },
  { title: 'no key', body: { keys: {} }, expected: undefined },
  { title: 'a null key', body: { keys: { public_key: null } }, expected: undefined },
  { title: 'a text that is not a key', body: { keys: { public_key: 'no key' } }, expected: undefined },
])('the live fingerprint of $title', ({ body, expected }) => {
  expect(liveFingerprint(anApplication({ body }))).toBe(expected);
});
