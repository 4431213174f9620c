import { describe, expect, test } from 'vitest';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, planOf, summaryOf } from '../plan-of.ts';

const existing: Given = {
  manifests: [aManifest(), aManifest({ name: 'New', spec: { capabilities: { voice: {} } } })],
  applications: [anApplication()],
  owned: { ...aLedger({ sources: [] }), known: false },
};

describe('adopting into a ledger that does not exist yet', () => {
  test('is blocked where the state directory may not last, and says why and what to do', () => {
    const plan = planOf({ ...existing, adoptionCustody: 'unsafe' });

    expect(summaryOf(plan)).toEqual(['blocked (adoption-custody) New', 'blocked (adoption-custody) Support']);
    expect(plan.guards).toEqual([
      {
        guard: 'adoption-custody',
        blocked: 2,
        message:
          'there is no ledger here yet, and the state directory was not chosen: 1 application may be in a ledger elsewhere. To adopt into a new one, set state in the configuration, VONAGE_GITOPS_STATE or --state',
      },
    ]);
  });

  test.each([
    { title: 'the directory was chosen', given: { adoptionCustody: 'safe' } },
    { title: 'there is a ledger', given: { adoptionCustody: 'unsafe', owned: aLedger() } },
    {
      title: 'the ledger has entries, although nobody noted a source',
      given: {
        adoptionCustody: 'unsafe',
        owned: aLedger({ sources: [], entries: [anEntry({ id: anId(9), name: 'Other' })] }),
      },
    },
  ] as const)('is not blocked where $title', ({ given }) => {
    expect(planOf({ ...existing, ...given }).changes.map(({ action }) => action)).toContain('adopt');
  });

  test('is blocked although a ledger was begun for a key without a record', () => {
    const plan = planOf({ ...existing, owned: aLedger({ sources: [] }), adoptionCustody: 'unsafe' });

    expect(summaryOf(plan)).toContain('blocked (adoption-custody) Support');
    expect(plan.notes).toEqual([]); // they would begin the ledger, and the next run would adopt
  });

  test.each([
    { title: 'adoptions are another run’s', given: { selection: { only: ['New'] } } },
    { title: 'adoptions are paused', given: { paused: { applications: new Map([['Support', 'paused']]) } } },
  ])('begins no ledger with creates while $title', ({ given }) => {
    expect(planOf({ ...existing, ...given, adoptionCustody: 'unsafe' }).changes).toEqual([]);
  });

  test('holds back nothing where there is nothing to adopt', () => {
    expect(summaryOf(planOf({ ...existing, applications: [], adoptionCustody: 'unsafe' }))).toEqual([
      'create New',
      'create Support',
    ]);
  });
});

describe('a plan that nothing is written by', () => {
  const noted = { keyCustody: 'noted', adoptionCustody: 'noted' } as const;

  test('keeps its changes, and says in one notice what apply would block', () => {
    const plan = planOf({ ...existing, ...noted });

    expect(summaryOf(plan)).toEqual(['adopt Support', 'create New']);
    expect(plan.guards).toEqual([]);
    expect(plan.notices.filter(({ kind }) => kind === 'custody')).toEqual([
      {
        kind: 'custody',
        message:
          'without a terminal, apply blocks 1 create (guard key-custody) and 1 adoption (guard adoption-custody) here, because the state directory was not chosen: set state in the configuration, VONAGE_GITOPS_STATE or --state',
      },
    ]);
  });

  test.each([
    {
      title: 'only creates',
      given: { ...existing, keyCustody: 'noted' },
      message: 'blocks 1 create (guard key-custody) here',
    },
    {
      title: 'creates that bring a key',
      given: { ...existing, adoptionCustody: 'noted' },
      message: 'blocks 1 create and 1 adoption (guard adoption-custody) here',
    },
    {
      title: 'creates beside adoptions of another run',
      given: { ...existing, adoptionCustody: 'noted', selection: { only: ['New'] } },
      message: 'blocks 1 create (guard adoption-custody) here',
    },
    {
      title: 'only adoptions',
      given: { ...existing, ...noted, manifests: [aManifest()] },
      message: 'blocks 1 adoption (guard adoption-custody) here',
    },
  ] as const)('names $title where it has no others', ({ given, message }) => {
    expect(planOf(given).notices).toContainEqual({ kind: 'custody', message: expect.stringContaining(message) });
  });

  test('says nothing where nothing would be blocked', () => {
    expect(planOf({ ...existing, ...noted, manifests: [] }).notices.map(({ kind }) => kind)).not.toContain('custody');
  });
});
