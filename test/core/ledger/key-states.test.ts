import { describe, expect, test } from 'vitest';
import { keyStateOf, prunableKeys } from '../../../src/core/ledger/key-states.ts';
import type { RetiredKey } from '../../../src/core/ledger/ledger.ts';
import { aFingerprint, aLedger, anEntry, anId, anIntent } from '../../builders.ts';

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

describe('what is known of a key, among others', () => {
  const other = aFingerprint('other');
  const others = {
    entries: [anEntry({ id: anId(1), name: 'First', keyFingerprint: other, nextKeyFingerprint: other })],
    intents: [anIntent({ name: 'Second', fingerprint: other })],
    retired: [retired({ fingerprint: other })],
  };
  const { name: _none, ...nameless } = anIntent({ fingerprint: key });

  test.each([
    {
      title: 'the entry that has it',
      ledger: { entries: [anEntry({ id: anId(2), name: 'Support', keyFingerprint: key })] },
      expected: { state: 'in use', entry: anEntry({ id: anId(2), name: 'Support', keyFingerprint: key }) },
    },
    {
      title: 'the application whose rotation began with it',
      ledger: { entries: [anEntry({ id: anId(2), name: 'Rotated', nextKeyFingerprint: key })] },
      expected: { state: 'undecided', name: 'Rotated' },
    },
    {
      title: 'the create that began with it',
      ledger: { intents: [anIntent({ name: 'Created', fingerprint: key })] },
      expected: { state: 'undecided', name: 'Created' },
    },
    { title: 'a create of which nothing is known', ledger: { intents: [nameless] }, expected: { state: 'undecided' } },
    { title: 'why it is retired', ledger: { retired: [retired()] }, expected: { state: 'retired', key: retired() } },
    { title: 'nothing', ledger: {}, expected: { state: 'stray' } },
  ])('$title', ({ ledger, expected }) => {
    const { entries = [], intents = [], retired: over = [] } = ledger;
    const whole = aLedger({
      entries: [...others.entries, ...entries],
      intents: [...others.intents, ...intents],
      retired: [...others.retired, ...over],
    });

    expect(keyStateOf(whole, key)).toStrictEqual(expected);
  });
});
