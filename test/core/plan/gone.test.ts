import { describe, expect, test } from 'vitest';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, planOf } from '../plan-of.ts';

const other = aManifest({ name: 'Other' });
const otherLive = anApplication({ id: anId(2), name: 'Other' });
const otherEntry = anEntry({ id: anId(2), manifest: other });

/** "Old" is owned, has no manifest and surely does not exist any more; "Other" is as declared. */
function gone(given: Given = {}): Given {
  return {
    manifests: [other],
    applications: [otherLive],
    owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Old' }), otherEntry] }),
    gone: [anId(1)],
    now: 1_000_000,
    ...given,
  };
}

function saidOfOld(given: Given) {
  return planOf(given).skips.filter(({ name }) => name === 'Old');
}

describe('an application without a manifest that does not exist any more', () => {
  test('is not spoken of by the pass that removes its entry', () => {
    expect(saidOfOld(gone())).toEqual([]);
  });

  test.each([
    { title: 'of a part of the manifests', given: gone({ selection: { only: ['O*'] } }) },
    { title: 'that never applies', given: gone({ policy: { onCommit: 'plan' } }) },
    { title: 'over manifests that are incomplete', given: gone({ desired: { complete: false } }) },
  ])('is named with the way out by a pass $title', ({ given }) => {
    expect(saidOfOld(given)).toEqual([
      {
        reason: 'missing',
        name: 'Old',
        id: anId(1),
        message:
          'it no longer exists, and its ledger entry is removed by the next pass over all manifests: release "Old" to stop managing it',
      },
    ]);
  });

  test('may as well be the account that is another one, where no managed application is live', () => {
    const alone = gone({ manifests: [], applications: [], owned: aLedger({ entries: [anEntry({ name: 'Old' })] }) });

    expect(saidOfOld(alone)).toMatchObject([
      { message: expect.stringMatching(/^it no longer exists, and neither does any other .*: release "Old"/) },
    ]);
  });

  test('is missing, and no more, until a second check', () => {
    const first = gone({ gone: [], live: { missing: [anId(1)] } });

    expect(saidOfOld(first)).toMatchObject([
      { reason: 'missing', message: expect.stringMatching(/^it is not listed/) },
    ]);
  });

  test.each([
    { title: 'an invalid manifest may mean it', given: gone({ desired: brokenIn('Old') }) },
    { title: 'it is not selected', given: gone({ selection: { only: ['Other'] } }) },
  ])('is left to others where $title', ({ given }) => {
    expect(saidOfOld(given)).toEqual([]);
  });
});

function brokenIn(name: string): NonNullable<Given['desired']> {
  return { complete: false, broken: [{ name, place: { file: `${name}.yaml`, line: 1, column: 1 } }] };
}

describe('a manifest that pins an application which is not listed', () => {
  const pinned = (id = anId(1), reconcile: 'enabled' | 'paused' = 'enabled') =>
    aManifest({ name: 'Support', id, reconcile });
  const owned = aLedger({ entries: [anEntry({ id: anId(1), name: 'Support' }), otherEntry] });
  const given = (manifest = pinned(), more: Given = {}): Given => ({
    manifests: [manifest, other],
    applications: [otherLive],
    owned,
    now: 1_000_000,
    live: { missing: [anId(1)] },
    ...more,
  });

  test('never has another one created in its place', () => {
    const plan = planOf(given());

    expect(plan.changes).toEqual([]);
    expect(plan.skips).toContainEqual({
      reason: 'missing',
      name: 'Support',
      id: anId(1),
      place: pinned().place,
      message: expect.stringMatching(/^it is not listed and the API says/),
    });
  });

  test('is only paused, where it is paused', () => {
    expect(planOf(given(pinned(anId(1), 'paused'))).skips).toContainEqual(
      expect.objectContaining({ reason: 'paused', name: 'Support' }),
    );
  });

  test('is a conflict once the application is surely gone', () => {
    expect(planOf(given(pinned(), { live: {}, gone: [anId(1)] })).skips).toContainEqual(
      expect.objectContaining({
        reason: 'conflict',
        name: 'Support',
        message: `metadata.id pins ${anId(1)}, and no such application exists in this account: correct the id, or remove it to create a new application`,
      }),
    );
  });

  test.each([
    { title: 'nobody owns and the API denies', live: { missing: [anId(9)] }, message: 'no such application exists' },
    {
      title: 'nobody owns and nobody asked for',
      live: {},
      message: 'which is not listed, and the API did not confirm',
    },
  ])('of one that $title it says so', ({ live, message }) => {
    expect(planOf(given(pinned(anId(9)), { live })).skips).toContainEqual(
      expect.objectContaining({ reason: 'conflict', name: 'Support', message: expect.stringContaining(message) }),
    );
  });
});

test('without a pin it is created again once it is surely gone, and the skip before says what is to come', () => {
  const manifest = aManifest({ name: 'Support' });
  const given: Given = {
    manifests: [manifest, other],
    applications: [otherLive],
    owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Support' }), otherEntry] }),
    now: 1_000_000,
  };

  expect(planOf({ ...given, live: { missing: [anId(1)] } }).skips).toContainEqual(
    expect.objectContaining({
      reason: 'missing',
      name: 'Support',
      id: anId(1),
      change: expect.objectContaining({ action: 'create', replaces: anId(1) }),
    }),
  );
  expect(planOf({ ...given, gone: [anId(1)] }).changes).toMatchObject([{ action: 'create', replaces: anId(1) }]);
});

test('an adoption names the others of its name, and not itself', () => {
  const support = aManifest({ name: 'Support', id: anId(3) });
  const twins = [3, 4, 5].map((number) => anApplication({ id: anId(number), name: 'Support' }));

  expect(planOf({ manifests: [support], applications: twins }).changes).toMatchObject([
    { action: 'adopt', id: anId(3), namesakes: [anId(4), anId(5)] },
  ]);
});
