import { describe, expect, test } from 'vitest';
import { knownApplications, nearestName, pauseKey, resumeKeys } from '../../../src/core/ledger/known-applications.ts';
import { aDesiredState, aLedger, aManifest, anEntry, anId } from '../../builders.ts';

const place = { file: 'broken.yaml', line: 1, column: 1 };
const broken = [
  { place, name: 'Broken', id: anId(7) },
  { place, name: 'Nameless id' },
];
const desired = aDesiredState({ manifests: [aManifest({ name: 'Support', id: anId(1) })], broken });
const ledger = aLedger({
  entries: [anEntry({ id: anId(2), name: 'Sales' })],
  deletes: [{ id: anId(5), name: 'Deleted', at: 0 }],
});
const known = knownApplications(desired, ledger);

test.each([
  { nameOrId: 'Support', expected: 'Support' },
  { nameOrId: 'Broken', expected: 'Broken' },
  { nameOrId: 'Sales', expected: 'Sales' },
  { nameOrId: 'Deleted', expected: 'Deleted' },
  { nameOrId: anId(5), expected: anId(5) },
  { nameOrId: 'Paused earlier', expected: 'Paused earlier' },
  { nameOrId: anId(1), expected: anId(1) },
  { nameOrId: anId(7), expected: anId(7) },
  { nameOrId: anId(2).replaceAll('-', '').toUpperCase(), expected: anId(2) },
  { nameOrId: anId(9).replaceAll('-', ''), expected: anId(9) },
])('$nameOrId is paused as $expected', ({ nameOrId, expected }) => {
  expect(pauseKey(known, nameOrId, ['Paused earlier', anId(9)])).toBe(expected);
});

describe('a resume', () => {
  const twins = knownApplications(
    aDesiredState({ manifests: [1, 3].map((n) => aManifest({ name: 'Twin', id: anId(n) })) }),
    aLedger({ entries: [anEntry({ id: anId(1), name: 'Old name' }), anEntry({ id: anId(3), name: 'Twin' })] }),
  );

  test.each([
    { title: 'by name ends a pause by id', nameOrId: 'Sales', paused: [anId(2)], ends: [anId(2)] },
    { title: 'by id ends a pause by name', nameOrId: anId(2), paused: ['Sales'], ends: ['Sales'] },
    { title: 'of one leaves the others', nameOrId: 'Sales', paused: ['Sales', 'Support', anId(1)], ends: ['Sales'] },
    { title: 'of what is only paused ends that', nameOrId: 'Gone', paused: ['Gone', 'Sales'], ends: ['Gone'] },
  ])('$title', ({ nameOrId, paused, ends }) => {
    expect(paused.filter((key) => resumeKeys(known, nameOrId, paused).includes(key))).toEqual(ends);
  });

  test('by id ends a pause by the name that its manifest without a pin has, too', () => {
    const declared = knownApplications(aDesiredState({ manifests: [aManifest({ name: 'Sales' })] }), ledger);
    expect(resumeKeys(declared, anId(2), ['Sales'])).toContain('Sales');
  });

  test('by a common name ends those by id of all', () => {
    expect(resumeKeys(twins, 'Twin', [anId(1)])).toEqual(expect.arrayContaining(['Twin', anId(1), anId(3)]));
  });

  test('by the id of one of several that are paused by their name is refused, with the name', () => {
    expect(() => resumeKeys(twins, anId(3), ['Twin'])).toThrow(expect.objectContaining({ code: 'E_REFUSED' }));
    expect(resumeKeys(twins, anId(1), ['Old name'])).toContain('Old name');
  });
});

test.each([{ nameOrId: 'Nobody' }, { nameOrId: anId(8) }])('$nameOrId is unknown', ({ nameOrId }) => {
  const message = `"${nameOrId}": no manifest and no managed application has that name or id`;
  expect(() => pauseKey(known, nameOrId)).toThrow(expect.objectContaining({ code: 'E_NAME_UNKNOWN', message }));
});

test.each([
  { title: 'the manifests cannot be read', unsure: knownApplications(undefined, aLedger()) },
  { title: 'the ledger cannot be read', unsure: knownApplications(aDesiredState(), undefined) },
  {
    title: 'a manifest has no readable name',
    unsure: knownApplications(aDesiredState({ broken: [{ place }] }), aLedger()),
  },
])('nothing is unknown while $title', ({ unsure }) => {
  expect(unsure.complete).toBe(false);
  expect([pauseKey(unsure, 'Nobody'), pauseKey(unsure, anId(8).toUpperCase())]).toEqual(['Nobody', anId(8)]);
});

test.each([
  { wanted: 'Suport', expected: ' (did you mean "Support"?)' },
  { wanted: ' sup​port', expected: ' (did you mean "Support"?)' },
  { wanted: 'Completely other', expected: '' },
  { wanted: anId(3), expected: '' },
])('near to "$wanted": "$expected"', ({ wanted, expected }) => {
  expect(nearestName(wanted, known.applications)).toBe(expected);
});
