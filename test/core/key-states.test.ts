import { expect, test } from 'vitest';
import { keyStateOf, prunableKeys } from '../../src/core/key-states.ts';
import type { RetiredKey } from '../../src/core/ledger.ts';
import { aFingerprint, aLedger, anEntry, anIntent } from '../builders.ts';

const key = aFingerprint('key');
const retired = (given: Partial<RetiredKey> = {}): RetiredKey => ({
  fingerprint: key,
  at: 0,
  reason: 'rotated',
  ...given,
});

test.each([
  { title: 'an entry has it', ledger: aLedger({ entries: [anEntry({ keyFingerprint: key })] }), state: 'in use' },
  {
    title: 'a rotation began with it',
    ledger: aLedger({ entries: [anEntry({ nextKeyFingerprint: key })] }),
    state: 'undecided',
  },
  {
    title: 'a create began with it',
    ledger: aLedger({ intents: [anIntent({ fingerprint: key })] }),
    state: 'undecided',
  },
  { title: 'it is retired', ledger: aLedger({ retired: [retired()] }), state: 'retired' },
  {
    title: 'it is retired and an entry has it',
    ledger: aLedger({ entries: [anEntry({ keyFingerprint: key })], retired: [retired()] }),
    state: 'in use',
  },
  { title: 'nothing mentions it', ledger: aLedger(), state: 'stray' },
])('a key is what the ledger says: $title', ({ ledger, state }) => {
  expect(keyStateOf(ledger, key).state).toBe(state);
});

test.each([
  { title: 'an old rotated key goes', given: {}, prunable: true },
  {
    title: 'the key of a deleted application goes',
    given: { ledger: aLedger({ retired: [retired({ reason: 'deleted' })] }) },
    prunable: true,
  },
  { title: 'a young key stays', given: { now: 9 }, prunable: false },
  {
    title: 'a key retired in the future stays',
    given: { ledger: aLedger({ retired: [retired({ at: 50 })] }) },
    prunable: false,
  },
  { title: 'a live key stays', given: { live: new Set([key]) }, prunable: false },
  {
    title: 'the key of a released application stays',
    given: { ledger: aLedger({ retired: [retired({ reason: 'released' })] }) },
    prunable: false,
  },
  {
    title: 'a key that a create may still need stays',
    given: { ledger: aLedger({ retired: [retired()], intents: [anIntent({ fingerprint: key })] }) },
    prunable: false,
  },
])('$title', ({ given, prunable }) => {
  const input = {
    ledger: aLedger({ retired: [retired()] }),
    live: new Set<string>(),
    now: 10,
    olderThanMs: 10,
    ...given,
  };

  expect(prunableKeys(input).map(({ fingerprint }) => fingerprint)).toStrictEqual(prunable ? [key] : []);
});
