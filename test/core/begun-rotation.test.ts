import { expect, test } from 'vitest';
import { entryOfIntent } from '../../src/core/ledger/intents.ts';
import { knownFingerprints } from '../../src/core/ledger/ledger.ts';
import { recordAll } from '../../src/core/ledger/record.ts';
import { hasForeignKey } from '../../src/core/plan/decide.ts';
import { formatLedger, ledgerSchema } from '../../src/ledger/ledger-format.ts';
import { parseLedger } from '../../src/ledger/parse-ledger.ts';
import { aFingerprint, aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../builders.ts';
import { fakePublicKey } from '../reconcile/fake-keys.ts';

const old = fakePublicKey(1);
const next = fakePublicKey(2);
const begun = anEntry({
  keyFingerprint: old.fingerprint,
  keyGenerated: true,
  nextKeyFingerprint: next.fingerprint,
});

test('the pair of a rotation that has begun is known', () => {
  expect(knownFingerprints(aLedger({ entries: [begun] }))).toStrictEqual(new Set([old.fingerprint, next.fingerprint]));
});

test.each(['deleted', 'released'] as const)(
  'when an application is %s, both pairs of its rotation are retired',
  (kind) => {
    const { retired } = recordAll(aLedger({ entries: [begun] }), [{ kind, id: anId(1), at: 5 }]);

    expect(retired).toStrictEqual([
      { fingerprint: old.fingerprint, id: anId(1), name: 'Support', at: 5, reason: kind },
      { fingerprint: next.fingerprint, id: anId(1), name: 'Support', at: 5, reason: kind },
    ]);
  },
);

test.each([
  { title: 'the old pair', live: old.pem, foreign: false },
  { title: 'the new pair', live: next.pem, foreign: false },
  { title: 'another pair', live: fakePublicKey(3).pem, foreign: true },
])('while a rotation is open, $title is foreign: $foreign', ({ live, foreign }) => {
  const application = anApplication({ body: { keys: { public_key: live } } });

  expect(hasForeignKey(aManifest(), application, begun)).toBe(foreign);
});

test('a ledger keeps an open rotation, and what a create said of deletion', () => {
  const ledger = aLedger({ entries: [begun], intents: [anIntent({ deletionPolicy: 'protect' })] });
  const account = { salt: 'salt', hash: 'hash', host: 'api.nexmo.com' };

  const parsed = parseLedger(formatLedger({ account, ledger }));

  expect(parsed).toStrictEqual({ outcome: 'read', document: { account, ledger }, schema: ledgerSchema });
});

test('an application found later is protected as its create said', () => {
  const intent = anIntent({ fingerprint: aFingerprint('key'), deletionPolicy: 'protect' });

  expect(entryOfIntent(intent, anId(1), 'Support')).toMatchObject({ deletionPolicy: 'protect' });
});
