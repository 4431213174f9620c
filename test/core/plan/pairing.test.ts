import { describe, expect, test } from 'vitest';
import type { Application, ApplicationId } from '../../../src/core/application/application.ts';
import type { LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { type Pairing, pairManifests } from '../../../src/core/plan/pairing.ts';
import { defaultPolicy } from '../../../src/core/plan/policy.ts';
import { aLedger, aLiveState, aManifest, anApplication, anEntry, anId } from '../../builders.ts';

interface Row {
  readonly title: string;
  readonly manifests: readonly Manifest[];
  readonly applications?: readonly Application[];
  readonly entries?: readonly LedgerEntry[];
  readonly gone?: readonly ApplicationId[];
  readonly adoption?: 'by-name' | 'explicit';
  /** One line a manifest, in their order. */
  readonly expected: readonly string[];
}

const manifest = (name: string, given: Partial<Manifest> = {}) => aManifest({ name, ...given });
const application = (number: number, name: string) => anApplication({ id: anId(number), name });
const entry = (number: number, name: string) => anEntry({ id: anId(number), name });

function lineOf(pairing: Pairing): string {
  const { name } = pairing.manifest;
  switch (pairing.kind) {
    case 'owned':
      return `${name}: owned ${numberOf(pairing.application.id)}, entry ${numberOf(pairing.entry.id)}`;
    case 'found':
      return `${name}: found ${numberOf(pairing.application.id)} by ${pairing.via}`;
    case 'missing':
      return `${name}: missing ${numberOf(pairing.entry.id)}`;
    case 'none':
      return `${name}: create${pairing.missingEntry === undefined ? '' : `, ${numberOf(pairing.missingEntry.id)} deleted outside`}`;
    case 'conflict':
      return `${name}: conflict ${pairing.candidates.map(numberOf).join(' ')}`.trim();
  }
}

const numberOf = (id: ApplicationId) => Number.parseInt(id.replaceAll('-', ''), 16);

const table: readonly Row[] = [
  { title: 'a manifest nothing matches is created', manifests: [manifest('A')], expected: ['A: create'] },
  {
    title: 'a pinned id is that application, whatever its name',
    manifests: [manifest('A', { id: anId(1) })],
    applications: [application(1, 'X'), application(2, 'A')],
    expected: ['A: found 1 by id'],
  },
  {
    title: 'a pinned id that we own is owned',
    manifests: [manifest('A', { id: anId(1) })],
    applications: [application(1, 'X')],
    entries: [entry(1, 'X')],
    expected: ['A: owned 1, entry 1'],
  },
  {
    title: 'a pinned id that does not exist is a conflict, even if the name does',
    manifests: [manifest('A', { id: anId(1), formerly: ['B'] })],
    applications: [application(2, 'A'), application(3, 'B')],
    gone: [anId(1)],
    expected: ['A: conflict'],
  },
  {
    title: 'the ledger’s id for the name wins over another application of that name',
    manifests: [manifest('A')],
    applications: [application(1, 'renamed by hand'), application(2, 'A')],
    entries: [entry(1, 'A')],
    expected: ['A: owned 1, entry 1'],
  },
  {
    title: 'the ledger’s id for an earlier name is the application to rename',
    manifests: [manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    entries: [entry(1, 'A')],
    expected: ['B: owned 1, entry 1'],
  },
  {
    title: 'two entries of one name are a conflict',
    manifests: [manifest('A')],
    applications: [application(1, 'A'), application(2, 'A')],
    entries: [entry(1, 'A'), entry(2, 'A')],
    expected: ['A: conflict 1 2'],
  },
  {
    title: 'of two entries of one name the one that still exists is meant',
    manifests: [manifest('A')],
    applications: [application(2, 'A')],
    entries: [entry(1, 'A'), entry(2, 'A')],
    gone: [anId(1)],
    expected: ['A: owned 2, entry 2'],
  },
  {
    title: 'two earlier names in the ledger are a conflict',
    manifests: [manifest('C', { formerly: ['A', 'B'] })],
    applications: [application(1, 'A'), application(2, 'B')],
    entries: [entry(1, 'A'), entry(2, 'B')],
    expected: ['C: conflict 1 2'],
  },
  {
    title: 'an owned application that a GET did not find is created again',
    manifests: [manifest('A')],
    entries: [entry(1, 'A')],
    gone: [anId(1)],
    expected: ['A: create, 1 deleted outside'],
  },
  {
    title: 'an owned application that is not listed and not surely gone is missing: nothing takes its place',
    manifests: [manifest('A', { formerly: ['B'] })],
    applications: [application(2, 'B'), application(3, 'A')],
    entries: [entry(1, 'A')],
    expected: ['A: missing 1'],
  },
  {
    title: 'of two entries, one gone and one unconfirmed, nothing is concluded',
    manifests: [manifest('A')],
    entries: [entry(1, 'A'), entry(2, 'A')],
    gone: [anId(1)],
    expected: ['A: missing 2'],
  },
  {
    title: 'where the owned one is gone, one of that name is found by name',
    manifests: [manifest('A')],
    applications: [application(2, 'A')],
    entries: [entry(1, 'A')],
    gone: [anId(1)],
    expected: ['A: found 2 by name'],
  },
  {
    title: 'exactly one unowned application of the name is found',
    manifests: [manifest('A')],
    applications: [application(1, 'A'), application(2, 'B')],
    expected: ['A: found 1 by name'],
  },
  {
    title: 'exactly one unowned application of an earlier name is found',
    manifests: [manifest('B', { formerly: ['A', 'Z'] })],
    applications: [application(1, 'A')],
    expected: ['B: found 1 by formerly'],
  },
  {
    title: 'the name wins over an earlier name',
    manifests: [manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A'), application(2, 'B')],
    expected: ['B: found 2 by name'],
  },
  {
    title: 'two applications of the name are a conflict',
    manifests: [manifest('A')],
    applications: [application(2, 'A'), application(1, 'A')],
    expected: ['A: conflict 1 2'],
  },
  {
    title: 'two applications of earlier names are a conflict',
    manifests: [manifest('C', { formerly: ['A', 'B'] })],
    applications: [application(1, 'A'), application(2, 'B')],
    expected: ['C: conflict 1 2'],
  },
  {
    title: 'with explicit adoption a name is a conflict that names the id',
    manifests: [manifest('A')],
    applications: [application(1, 'A')],
    adoption: 'explicit',
    expected: ['A: conflict 1'],
  },
  {
    title: 'with explicit adoption an earlier name is a conflict, too',
    manifests: [manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    adoption: 'explicit',
    expected: ['B: conflict 1'],
  },
  {
    title: 'with explicit adoption a pin is enough',
    manifests: [manifest('A', { id: anId(1) })],
    applications: [application(1, 'A')],
    adoption: 'explicit',
    expected: ['A: found 1 by id'],
  },
  {
    title: 'with explicit adoption what we own already is found by its live name',
    manifests: [manifest('B')],
    applications: [application(1, 'B')],
    entries: [entry(1, 'A')],
    adoption: 'explicit',
    expected: ['B: owned 1, entry 1'],
  },
  {
    title: 'an application whose entry lost its manifest is found by its live name',
    manifests: [manifest('B')],
    applications: [application(1, 'B')],
    entries: [entry(1, 'A')],
    expected: ['B: owned 1, entry 1'],
  },
  {
    title: 'an application whose entry has a manifest is not found by its live name',
    manifests: [manifest('A'), manifest('B')],
    applications: [application(1, 'B')],
    entries: [entry(1, 'A')],
    expected: ['A: owned 1, entry 1', 'B: create'],
  },
  {
    title: 'the candidates of a conflict in the ledger are not found by their live names',
    manifests: [manifest('A'), manifest('B')],
    applications: [application(1, 'A'), application(2, 'B')],
    entries: [entry(1, 'A'), entry(2, 'A')],
    expected: ['A: conflict 1 2', 'B: create'],
  },
  {
    title: 'a rename whose old name is taken by a new manifest is a conflict of both',
    manifests: [manifest('A'), manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    entries: [entry(1, 'A')],
    expected: ['A: conflict 1', 'B: conflict 1'],
  },
  {
    title: 'a swap by earlier names does nothing, before and after',
    manifests: [manifest('A', { formerly: ['B'] }), manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A'), application(2, 'B')],
    entries: [entry(1, 'A'), entry(2, 'B')],
    expected: ['A: owned 1, entry 1', 'B: owned 2, entry 2'],
  },
  {
    title: 'a swap by pins is what the pins say',
    manifests: [manifest('A', { id: anId(2) }), manifest('B', { id: anId(1) })],
    applications: [application(1, 'A'), application(2, 'B')],
    entries: [entry(1, 'A'), entry(2, 'B')],
    expected: ['A: owned 2, entry 2', 'B: owned 1, entry 1'],
  },
  {
    title: 'two manifests with one earlier name in the ledger are both conflicts',
    manifests: [manifest('B', { formerly: ['A'] }), manifest('C', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    entries: [entry(1, 'A')],
    expected: ['B: conflict 1', 'C: conflict 1'],
  },
  {
    title: 'two manifests with one earlier name live are both conflicts',
    manifests: [manifest('B', { formerly: ['A'] }), manifest('C', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    expected: ['B: conflict 1', 'C: conflict 1'],
  },
  {
    title: 'a claim by name and a claim by earlier name are both conflicts',
    manifests: [manifest('A'), manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    expected: ['A: conflict 1', 'B: conflict 1'],
  },
  {
    title: 'two pins of one id are both conflicts',
    manifests: [manifest('A', { id: anId(1) }), manifest('B', { id: anId(1) })],
    applications: [application(1, 'A')],
    expected: ['A: conflict 1', 'B: conflict 1'],
  },
  {
    title: 'a pin makes an entry invisible to the manifest of its name',
    manifests: [manifest('A'), manifest('X', { id: anId(1) })],
    applications: [application(1, 'A')],
    entries: [entry(1, 'A')],
    expected: ['A: create', 'X: owned 1, entry 1'],
  },
  {
    title: 'a pin makes an application invisible to the manifest of its name',
    manifests: [manifest('A'), manifest('X', { id: anId(1) })],
    applications: [application(1, 'A')],
    expected: ['A: create', 'X: found 1 by id'],
  },
  {
    title: 'a pin resolves which of two applications a name means',
    manifests: [manifest('A'), manifest('X', { id: anId(1) })],
    applications: [application(1, 'A'), application(2, 'A')],
    expected: ['A: found 2 by name', 'X: found 1 by id'],
  },
  {
    title: 'a manifest whose own application is gone does not steal one under an earlier name',
    manifests: [manifest('A'), manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A')],
    entries: [entry(2, 'B')],
    gone: [anId(2)],
    expected: ['A: found 1 by name', 'B: create, 2 deleted outside'],
  },
  {
    title: 'an earlier name that is spent does not match the ledger either',
    manifests: [manifest('B', { formerly: ['A'] })],
    applications: [application(1, 'A'), application(2, 'B')],
    entries: [entry(1, 'A'), entry(2, 'B')],
    expected: ['B: owned 2, entry 2'],
  },
];

function pair({ manifests, applications = [], entries = [], gone = [], adoption = 'by-name' }: Omit<Row, 'expected'>) {
  return pairManifests({
    manifests,
    live: aLiveState({ applications, missing: gone }),
    absences: new Map(gone.map((id) => [id, 'gone'])),
    owned: aLedger({ entries }),
    policy: { ...defaultPolicy, adoption },
  });
}

test.each(table)('$title', (row) => {
  expect(pair(row).map(lineOf)).toStrictEqual(row.expected);
});

describe('a conflict says what to do', () => {
  function messageOf(row: Omit<Row, 'expected'>): string {
    const [first] = pair(row);
    return first?.kind === 'conflict' ? first.message : '';
  }

  test.each([
    { title: 'a pin to nothing', manifests: [manifest('A', { id: anId(1) })], expected: anId(1) },
    {
      title: 'explicit adoption',
      manifests: [manifest('A')],
      applications: [application(1, 'A')],
      adoption: 'explicit' as const,
      expected: `add "id: ${anId(1)}" to metadata`,
    },
    {
      title: 'two claims',
      manifests: [manifest('A'), manifest('B', { formerly: ['A'] })],
      applications: [application(1, 'A')],
      expected: `"B" refers to the same application: add "id: ${anId(1)}"`,
    },
    {
      title: 'several applications',
      manifests: [manifest('A')],
      applications: [application(1, 'A'), application(2, 'A')],
      expected: 'the account has 2 applications',
    },
    {
      title: 'several entries',
      manifests: [manifest('A')],
      applications: [application(1, 'A'), application(2, 'A')],
      entries: [entry(1, 'A'), entry(2, 'A')],
      expected: 'the ledger owns 2 applications',
    },
  ])('$title', ({ expected, ...row }) => {
    expect(messageOf(row)).toContain(expected);
  });
});

test('rivals are named in order', () => {
  const pinned = ['C', 'B', 'A'].map((name) => manifest(name, { id: anId(1) }));

  const messages = pair({ title: 'rivals', manifests: pinned, applications: [application(1, 'A')] }).map((pairing) =>
    pairing.kind === 'conflict' ? pairing.message.split(' refer')[0] : '',
  );
  expect(messages).toStrictEqual(['"A" and "B"', '"A" and "C"', '"B" and "C"']);
});
