import { expect, test } from 'vitest';
import { brokenManifestNear, manifestNaming, ownedEntry } from '../../../src/core/ledger/find-owned.ts';
import { aDesiredState, aLedger, aManifest, anEntry, anId } from '../../builders.ts';

const ledger = aLedger({
  entries: [
    anEntry({ id: anId(1), name: 'Support' }),
    anEntry({ id: anId(2), name: 'Twin' }),
    anEntry({ id: anId(3), name: 'Twin' }),
    anEntry({ id: anId(4), name: anId(2) }),
  ],
});

test.each([
  { title: 'by name', nameOrId: 'Support', id: anId(1) },
  { title: 'by id', nameOrId: anId(3), id: anId(3) },
  { title: 'by an id without dashes, in capitals', nameOrId: anId(1).replaceAll('-', '').toUpperCase(), id: anId(1) },
  { title: 'by id before by name', nameOrId: anId(2), id: anId(2) },
])('an owned application is found $title', ({ nameOrId, id }) => {
  expect(ownedEntry(ledger, nameOrId).id).toBe(id);
});

test.each([
  {
    title: 'nobody',
    nameOrId: 'Nobody',
    code: 'E_NOT_FOUND',
    message: 'Nobody: no application with that name or id is owned. "ledger show" lists owned applications',
  },
  {
    title: 'a name that one has but for a letter',
    nameOrId: 'Twim',
    code: 'E_NOT_FOUND',
    message:
      'Twim: no application with that name or id is owned (did you mean "Twin"?). "ledger show" lists owned applications',
  },
  {
    title: 'an id that nobody has',
    nameOrId: anId(9),
    code: 'E_NOT_FOUND',
    message: `${anId(9)}: no application with that name or id is owned. "ledger show" lists owned applications`,
  },
  {
    title: 'a name that two have',
    nameOrId: 'Twin',
    code: 'E_NAME_AMBIGUOUS',
    message: `Twin: several applications have that name; use the id: ${anId(2)}, ${anId(3)}`,
  },
])('$title is refused: $message', ({ nameOrId, code, message }) => {
  expect(() => ownedEntry(ledger, nameOrId)).toThrow(expect.objectContaining({ code, message }));
});

const entry = anEntry({ id: anId(1), name: 'Support', file: 'support.yaml' });

test.each([
  { title: 'pins its id', manifest: aManifest({ name: 'Other', id: anId(1) }), names: true },
  { title: 'has its name', manifest: aManifest({ name: 'Support' }), names: true },
  {
    title: 'has its name as an earlier one',
    manifest: aManifest({ name: 'Other', formerly: ['Support'] }),
    names: true,
  },
  { title: 'has its name and pins another', manifest: aManifest({ name: 'Support', id: anId(2) }), names: false },
  {
    title: 'has its name as an earlier one and pins another',
    manifest: aManifest({ name: 'Other', formerly: ['Support'], id: anId(2) }),
    names: false,
  },
  { title: 'has another name', manifest: aManifest({ name: 'Other' }), names: false },
])('a manifest that $title names the application: $names', ({ manifest, names }) => {
  expect(manifestNaming(aDesiredState({ manifests: [manifest] }), entry)).toBe(names ? manifest : undefined);
});

const place = { file: 'other.yaml', line: 3, column: 1 };

test.each([
  { title: 'with its id', broken: { place, id: anId(1) }, near: 'other.yaml:3' },
  { title: 'with its name', broken: { place, name: 'Support' }, near: 'other.yaml:3' },
  { title: 'in its file', broken: { place: { ...place, file: 'support.yaml' } }, near: 'support.yaml:3' },
  { title: 'about something else', broken: { place, name: 'Other' }, near: undefined },
])('a broken manifest $title may mean the application', ({ broken, near }) => {
  expect(brokenManifestNear(aDesiredState({ broken: [broken] }), entry)).toBe(near);
});
