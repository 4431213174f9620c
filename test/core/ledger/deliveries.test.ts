import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/core/ledger/deliveries.ts';
import type { LedgerRecord } from '../../../src/core/ledger/ledger.ts';
import { recordAll } from '../../../src/core/ledger/record.ts';
import { aFingerprint, aLedger, anEntry, anId } from '../../builders.ts';

const directory = 'directory /srv/keys';

function aDelivery(key: 'first' | 'second', delivery: Partial<Delivery> = {}): Delivery {
  const named = { fingerprint: aFingerprint(key), target: directory, name: 'Support', id: anId(1) };
  return { ...named, phase: 'active', at: 10, ...delivery };
}

function phasesAfter(deliveries: readonly Delivery[], ...records: readonly LedgerRecord[]): readonly string[] {
  const entry = anEntry({ id: anId(1), name: 'Support', keyFingerprint: aFingerprint('first'), keyGenerated: true });
  const ledger = { ...aLedger({ entries: [entry] }), deliveries };
  return recordAll(ledger, records).deliveries.map(
    ({ fingerprint, phase }) => `${fingerprint === aFingerprint('first') ? 'first' : 'second'} ${phase}`,
  );
}

const recorded = (delivery: Delivery): LedgerRecord => ({ kind: 'delivery', delivery });

describe('what the ledger knows of private keys elsewhere', () => {
  test.each<{
    readonly title: string;
    readonly known: readonly Delivery[];
    readonly record: LedgerRecord;
    readonly expected: readonly string[];
  }>([
    {
      title: 'a delivery replaces that of its key at its target',
      known: [aDelivery('first', { phase: 'preparing' })],
      record: recorded(aDelivery('first', { phase: 'prepared' })),
      expected: ['first prepared'],
    },
    {
      title: 'the same key at another target is another delivery',
      known: [aDelivery('first')],
      record: recorded(aDelivery('first', { target: 'exec /bin/true' })),
      expected: ['first active', 'first active'],
    },
    {
      title: 'a key put in place leaves the one in use active',
      known: [aDelivery('first')],
      record: recorded(aDelivery('second', { phase: 'prepared' })),
      expected: ['first active', 'second prepared'],
    },
    {
      title: 'a key that becomes active takes the place of the one before',
      known: [aDelivery('first')],
      record: recorded(aDelivery('second')),
      expected: ['first former', 'second active'],
    },
    {
      title: '... also of another application that had its key in that file',
      known: [aDelivery('first', { id: anId(2), file: '/srv/keys/support.pem' })],
      record: recorded(aDelivery('second', { file: '/srv/keys/support.pem' })),
      expected: ['first former', 'second active'],
    },
    {
      title: '... and not of one with another file, or none',
      known: [aDelivery('first', { id: anId(2) })],
      record: recorded(aDelivery('second')),
      expected: ['first active', 'second active'],
    },
    {
      title: '... and not at another target',
      known: [aDelivery('first', { target: 'exec /bin/true' })],
      record: recorded(aDelivery('second')),
      expected: ['first active', 'second active'],
    },
    {
      title: 'that of a deleted application is former, one that never was in use stays as it is',
      known: [aDelivery('first'), aDelivery('second', { phase: 'prepared' })],
      record: { kind: 'deleted', id: anId(1), at: 20 },
      expected: ['first former', 'second prepared'],
    },
    {
      title: 'that of a released application is still in use',
      known: [aDelivery('first')],
      record: { kind: 'released', id: anId(1), at: 20 },
      expected: ['first active'],
    },
    {
      title: 'one that is over is forgotten with its key',
      known: [aDelivery('first', { phase: 'former' }), aDelivery('second')],
      record: { kind: 'key-pruned', fingerprint: aFingerprint('first') },
      expected: ['second active'],
    },
    {
      title: 'one in use is known although its key is gone from the key directory',
      known: [aDelivery('first')],
      record: { kind: 'key-pruned', fingerprint: aFingerprint('first') },
      expected: ['first active'],
    },
  ])('$title', ({ known, record, expected }) => {
    expect(phasesAfter(known, record)).toEqual(expected);
  });

  test('that of an application that is gone when it is released is former', () => {
    const records: readonly LedgerRecord[] = [
      { kind: 'missing', id: anId(1), at: 15 },
      { kind: 'released', id: anId(1), at: 20 },
    ];

    expect(phasesAfter([aDelivery('first'), aDelivery('second', { id: anId(2) })], ...records)).toEqual([
      'first former',
      'second active',
    ]);
  });

  test('a delivery makes no saved plan old', () => {
    const ledger = aLedger({});

    expect(recordAll(ledger, [recorded(aDelivery('first'))]).serial).toBe(ledger.serial);
  });
});
