import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/core/application/key-fingerprint.ts';
import { planCode } from '../../../src/core/exit-codes.ts';
import { aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../../builders.ts';
import { type Given, planOf } from '../plan-of.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const keyFingerprint = fingerprintOf(pem) ?? '';
const keyed = { keys: { public_key: pem } };
const manifest = aManifest({ name: 'Support' });
const ours = anApplication({ id: anId(1), name: 'Support', body: keyed });
const entry = anEntry({ id: anId(1), manifest, keyGenerated: true, keyFingerprint });

/** Ids of twins, each with the managed application first. */
function twins(given: Given): readonly (readonly number[])[] {
  const plan = planOf(given);
  return plan.notices
    .filter(({ kind }) => kind === 'twin')
    .map(({ ids = [] }) => ids.map((id) => Number.parseInt(id.replaceAll('-', ''), 16)));
}

describe('an application that is not owned and shows a managed key', () => {
  const other = anApplication({ id: anId(2), name: 'Elsewhere', body: keyed });

  test.each<Given & { readonly title: string; readonly expected: readonly (readonly number[])[] }>([
    { title: 'the current key of an entry is a twin', owned: aLedger({ entries: [entry] }), expected: [[1, 2]] },
    {
      title: 'a key that is not ours is none',
      owned: aLedger({ entries: [{ ...entry, keyGenerated: false }] }),
      expected: [],
    },
    {
      title: 'a retired key is none',
      owned: aLedger({
        entries: [{ ...entry, keyFingerprint: 'new' }],
        retired: [{ fingerprint: keyFingerprint, at: 0, reason: 'rotated' }],
      }),
      expected: [],
    },
    {
      title: 'an id that was released is none',
      owned: aLedger({
        entries: [entry],
        retired: [{ fingerprint: 'older', id: anId(2), at: 0, reason: 'released' }],
      }),
      expected: [],
    },
    {
      title: 'one is seen all the same beside a released key whose application is not known',
      owned: aLedger({ entries: [entry], retired: [{ fingerprint: 'older', at: 0, reason: 'released' }] }),
      expected: [[1, 2]],
    },
    {
      title: 'an id that was deleted and is back is one',
      owned: aLedger({ entries: [entry], retired: [{ fingerprint: 'older', id: anId(2), at: 0, reason: 'deleted' }] }),
      expected: [[1, 2]],
    },
  ])('$title', ({ expected, ...given }) => {
    expect(twins({ manifests: [manifest], applications: [ours, other], ...given })).toStrictEqual(expected);
  });

  test('the key of a create that is open twice makes both twins of it, and neither is bound', () => {
    const intents = [anIntent({ fingerprint: keyFingerprint, postedAt: 1, endedAt: 2 })];
    const given = { applications: [ours, other], owned: aLedger({ intents }), now: 1e9 };

    expect(twins(given)).toStrictEqual([[2], [1]]);
  });

  test.each([
    { title: 'never sent', given: {} },
    { title: 'with a key that is not ours', given: { keyGenerated: false, postedAt: 1 } },
  ])('the key of a create $title makes none', ({ given }) => {
    const intents = [anIntent({ fingerprint: keyFingerprint, before: [anId(1), anId(2)], ...given })];

    expect(twins({ applications: [ours, other], owned: aLedger({ intents }) })).toStrictEqual([]);
  });

  test('a key found without a record of its purpose makes twins without a name', () => {
    const { name: _name, ...nameless } = anIntent({ fingerprint: keyFingerprint, postedAt: 1 });
    const plan = planOf({ applications: [ours, other], owned: aLedger({ intents: [nameless] }) });

    expect(plan.notices.filter(({ kind }) => kind === 'twin').map(({ name }) => name)).toStrictEqual(['', '']);
  });

  test('is told with both ids and a way out, and wants a person, while nothing else is held back', () => {
    const region = { capabilities: { voice: { region: 'eu-west' } } };
    const changed = aManifest({ name: 'Support', spec: region });
    const plan = planOf({ manifests: [changed], applications: [ours, other], owned: aLedger({ entries: [entry] }) });

    const [twin] = plan.notices.filter(({ kind }) => kind === 'twin');
    expect(twin?.message).toMatch(new RegExp(`${anId(2)}.*${anId(1)}.*rotate-key`));
    expect(planCode(plan, false)).toBe(3);
    expect(plan.changes.map(({ action }) => action)).toStrictEqual(['update']);
  });
});

describe('an application we do not own that has a manifest’s name', () => {
  const namesake = anApplication({ id: anId(2), name: ' SUPPORT' });

  test.each<Given & { readonly title: string; readonly expected: readonly (readonly number[])[] }>([
    { title: 'is a twin', expected: [[1, 2]] },
    { title: 'is none when the manifest pins its id', manifests: [{ ...manifest, id: anId(1) }], expected: [] },
    { title: 'is none when the manifest says formerly: []', manifests: [{ ...manifest, formerly: [] }], expected: [] },
    {
      title: 'is one all the same when the manifest has earlier names',
      manifests: [{ ...manifest, formerly: ['Old'] }],
      expected: [[1, 2]],
    },
    {
      title: 'is not one when it existed before the managed one',
      owned: aLedger({ entries: [{ ...entry, namesakes: [anId(2)] }] }),
      expected: [],
    },
    {
      title: 'is one when another one was there before',
      owned: aLedger({ entries: [{ ...entry, namesakes: [anId(3)] }] }),
      expected: [[1, 2]],
    },
    {
      title: 'is told once, though it shows our key, too',
      applications: [ours, { ...namesake, body: { ...namesake.body, ...keyed } }],
      expected: [[1, 2]],
    },
    {
      title: 'is each of several',
      applications: [ours, namesake, anApplication({ id: anId(3), name: 'Support' })],
      expected: [
        [1, 2],
        [1, 3],
      ],
    },
    { title: 'is none outside the scope', policy: { scopeNames: ['Support'] }, expected: [] },
  ])('$title', ({ expected, title: _title, ...given }) => {
    const base = { manifests: [manifest], applications: [ours, namesake], owned: aLedger({ entries: [entry] }) };

    expect(twins({ ...base, ...given })).toStrictEqual(expected);
  });

  test('is no twin of a manifest that is to be created, adopted or in conflict', () => {
    expect(twins({ manifests: [manifest], applications: [namesake] })).toStrictEqual([]);
  });

  test('that we own is none', () => {
    const entries = [entry, anEntry({ id: anId(2), name: 'Other' })];

    expect(twins({ manifests: [manifest], applications: [ours, namesake], owned: aLedger({ entries }) })).toStrictEqual(
      [],
    );
  });
});

test('applications accepted without a key are told in one line', () => {
  const entries = [1, 2].map((number) => anEntry({ id: anId(number), name: `${number}`, keyUnproven: true }));
  const told = (owned: Given['owned']) =>
    planOf(owned === undefined ? {} : { owned })
      .notices.filter(({ kind }) => kind === 'key-unproven')
      .map(({ message }) => message);

  expect(told(aLedger({ entries }))).toStrictEqual([
    expect.stringContaining('2 applications were accepted by id and name'),
  ]);
  expect(told(aLedger({ entries: entries.slice(1) }))).toStrictEqual([
    expect.stringContaining('1 application was accepted'),
  ]);
  expect(told(aLedger())).toStrictEqual([]);
});
