import { describe, expect, test } from 'vitest';
import type { LedgerEntry, LedgerRecord } from '../../../src/core/ledger/ledger.ts';
import { futureStampRecords, restamped, type Stamp, stampsOf } from '../../../src/core/ledger/stamps.ts';
import { aLedger, anEntry, anId, anIntent } from '../../builders.ts';

const entry = anEntry({ id: anId(1), boundAt: 10, writtenAt: 20, missingAt: 30 });
const untouched = anEntry({ id: anId(2), name: 'Other' });
const ended = anIntent({ name: 'New', endedAt: 40 });
const open = anIntent({ name: 'Open' });
const ledger = aLedger({ entries: [entry, untouched], intents: [ended, open] });
const later = ({ at }: Stamp) => at + 1;

describe('stamps that are compared with a settle time', () => {
  test('are put elsewhere, all of them, and nothing else', () => {
    expect(restamped(ledger, later)).toStrictEqual({
      ...ledger,
      entries: new Map<unknown, LedgerEntry>([
        [anId(1), { ...entry, boundAt: 11, writtenAt: 21, missingAt: 31 }],
        [anId(2), untouched],
      ]),
      intents: [{ ...ended, endedAt: 41 }, open],
    });
  });

  test('where none moves the ledger is itself', () => {
    expect(restamped(ledger, ({ at }) => at)).toBe(ledger);
  });

  test.each([
    {
      title: 'an entry',
      of: (at: number) => aLedger({ entries: [anEntry({ writtenAt: at })], intents: [ended] }),
      at: 5,
    },
    { title: 'a create', of: (at: number) => aLedger({ intents: [open, { ...ended, endedAt: at }] }), at: 5 },
  ])('one that moves in $title is enough', ({ of, at }) => {
    const move = (stamp: Stamp) => (stamp.at === at ? at + 1 : stamp.at);

    expect(restamped(of(at), move)).toStrictEqual(of(at + 1));
  });

  test('are told apart by what they are of, and by their value', () => {
    const seen: Stamp[] = [];
    restamped(ledger, (stamp) => {
      seen.push(stamp);
      return stamp.at;
    });

    expect(seen).toEqual([
      { key: `${anId(1)} boundAt 10`, at: 10 },
      { key: `${anId(1)} writtenAt 20`, at: 20 },
      { key: `${anId(1)} missingAt 30`, at: 30 },
      { key: `${ended.fingerprint} endedAt 40`, at: 40 },
    ]);
  });
});

test('stamps of entries that lie in the future count as made now, those of others stay', () => {
  expect(futureStampRecords(ledger, 25)).toStrictEqual([
    { kind: 'entry', entry: { ...entry, missingAt: 25 } },
  ] satisfies readonly LedgerRecord[]);
  expect(futureStampRecords(ledger, 30)).toStrictEqual([]);
});

test.each<{ readonly record: LedgerRecord; readonly stamps: readonly string[] }>([
  { record: { kind: 'intent', intent: ended }, stamps: [`${ended.fingerprint} endedAt 40`] },
  { record: { kind: 'intent', intent: open }, stamps: [] },
  {
    record: { kind: 'entry', entry },
    stamps: [`${anId(1)} boundAt 10`, `${anId(1)} writtenAt 20`, `${anId(1)} missingAt 30`],
  },
  { record: { kind: 'missing', id: anId(1), at: 7 }, stamps: [`${anId(1)} missingAt 7`] },
  { record: { kind: 'seen', id: anId(1) }, stamps: [] },
  { record: { kind: 'released', id: anId(1), at: 7 }, stamps: [] },
])('a record of kind $record.kind brings $stamps', ({ record, stamps }) => {
  expect(stampsOf([record]).map(({ key }) => key)).toEqual(stamps);
});

test('what was proven brings a stamp where it says when the write was', () => {
  const fields = { normalised: [], unproven: [] };
  const proven: LedgerRecord = { kind: 'proven', id: anId(1), seen: fields, proof: fields };

  expect(stampsOf([proven, { ...proven, writtenAt: 9 }])).toEqual([{ key: `${anId(1)} writtenAt 9`, at: 9 }]);
});
