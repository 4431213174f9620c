import { describe, expect, test } from 'vitest';
import type { Application } from '../../../src/core/application/application.ts';
import { deleteLimit, recentDeletes, updateLimit, vanishLimit } from '../../../src/core/guards/limits.ts';
import { deleteWindowMs, type LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { defaultPolicy } from '../../../src/core/plan/policy.ts';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, planOf, summaryOf } from '../plan-of.ts';

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);
const nameOf = (number: number) => `application ${String(number).padStart(3, '0')}`;
const spec = (number: number) => ({ privacy: { improve_ai: true }, mark: number });
const entryOf = (number: number): LedgerEntry => anEntry({ id: anId(number), name: nameOf(number) });
const liveOf = (number: number): Application =>
  anApplication({ id: anId(number), name: nameOf(number), body: spec(number) });
const bareOf = (number: number): Application => anApplication({ id: anId(number), name: nameOf(number) });
const manifestOf = (number: number): Manifest => aManifest({ name: nameOf(number), spec: spec(number) });

/** So many applications are owned, and the first of them lost their manifests. */
function lost(deletes: number, owned: number, given: Given = {}): Given {
  return {
    manifests: numbers(owned - deletes, deletes + 1).map(manifestOf),
    applications: numbers(owned).map(liveOf),
    owned: aLedger({ entries: numbers(owned).map(entryOf) }),
    ...given,
    policy: { policy: 'sync', ...given.policy },
  };
}

/** How many deletes are planned, and which guards blocked how many. */
function deletesOf(given: Given) {
  const { changes, guards } = planOf(given);
  const planned = changes.filter(({ action }) => action === 'delete').length;
  return { planned, guards: guards.map(({ guard, blocked }) => `${guard} ${blocked}`) };
}

describe('deletes in one pass', () => {
  test.each([
    { owned: 1, max: 3, maxPercent: 30, allowed: 1 },
    { owned: 3, max: 3, maxPercent: 30, allowed: 1 },
    { owned: 6, max: 3, maxPercent: 30, allowed: 1 },
    { owned: 7, max: 3, maxPercent: 30, allowed: 2 },
    { owned: 10, max: 3, maxPercent: 30, allowed: 3 },
    { owned: 1000, max: 3, maxPercent: 30, allowed: 3 },
    { owned: 100, max: 100, maxPercent: 29, allowed: 29 },
    { owned: 0, max: 3, maxPercent: 30, allowed: 1 },
    { owned: 10, max: 0, maxPercent: 30, allowed: 0 },
    { owned: 10, max: 3, maxPercent: 0, allowed: 0 },
  ])('of $owned owned, at most $max or $maxPercent %: $allowed', ({ owned, allowed, ...limits }) => {
    expect(deleteLimit(owned, { ...defaultPolicy, deletes: { ...defaultPolicy.deletes, ...limits } })).toBe(allowed);
  });

  test.each([
    { title: 'of three, one may go', given: lost(1, 3), planned: 1, guards: [] },
    { title: 'of three, two block each other', given: lost(2, 3), planned: 0, guards: ['deletes-max 2'] },
    { title: 'of ten, three may go', given: lost(3, 10), planned: 3, guards: [] },
    {
      title: 'of ten, four are all blocked, not the last one',
      given: lost(4, 10),
      planned: 0,
      guards: ['deletes-max 4'],
    },
    {
      title: 'a person allows exactly as many',
      given: lost(4, 10, { overrides: { allowDeletes: 4 } }),
      planned: 4,
      guards: [],
    },
    {
      title: 'more than a person allowed are all blocked',
      given: lost(4, 10, { overrides: { allowDeletes: 3 } }),
      planned: 0,
      guards: ['deletes-max 4'],
    },
    {
      title: 'an allowance below the numbers narrows them',
      given: lost(2, 10, { overrides: { allowDeletes: 1 } }),
      planned: 0,
      guards: ['deletes-max 2'],
    },
    {
      title: 'another override allows no delete',
      given: lost(4, 10, {
        overrides: { allowUpdates: 99, allowCreates: 99, allowRemovals: [nameOf(1)], healFights: true },
      }),
      planned: 0,
      guards: ['deletes-max 4'],
    },
  ])('$title', ({ given, planned, guards }) => {
    expect(deletesOf(given)).toStrictEqual({ planned, guards });
  });

  test('a blocked delete is shown with the guard and its numbers', () => {
    const plan = planOf(lost(4, 10));

    expect(plan.guards).toStrictEqual([
      {
        guard: 'deletes-max',
        blocked: 4,
        message:
          '4 of 10 owned applications would be deleted (allowed: 3 (deletes.max 3, deletes.maxPercent 30)); --allow-deletes 4 allows this',
      },
    ]);
    expect(plan.skips[0]).toMatchObject({
      reason: 'blocked',
      guard: 'deletes-max',
      name: nameOf(1),
      id: anId(1),
      change: { action: 'delete' },
    });
    expect(planOf(lost(4, 10, { overrides: { allowDeletes: 3 } })).guards[0]?.message).toContain('(allowed: 3);');
  });

  test('everything else in the plan goes ahead', () => {
    const given = lost(4, 10);

    const plan = planOf({ ...given, manifests: [...(given.manifests ?? []), aManifest({ name: 'new' })] });

    expect(plan.changes.map(({ action, name }) => `${action} ${name}`)).toStrictEqual(['create new']);
  });

  test('skips stay in the order of reason and name whatever blocked them', () => {
    const reasons = planOf(lost(4, 10)).skips.map(({ reason, name }) => `${reason} ${name}`);

    expect(reasons).toStrictEqual(reasons.toSorted());
  });
});

describe('deletes in 24 hours', () => {
  const now = 10 * deleteWindowMs;
  const deletesAt = (times: readonly number[]) => times.map((at, index) => ({ id: anId(900 + index), name: 'x', at }));
  const withDeletes = (times: readonly number[], given: Given = {}, begun: readonly number[] = []) => {
    const base = lost(2, 10, { now, ...given });
    const again = begun.map((number) => ({ id: anId(number), name: nameOf(number), at: now - 1 }));
    return { ...base, owned: { ...(base.owned ?? aLedger()), deletes: [...deletesAt(times), ...again] } };
  };
  const recent = (count: number) => Array.from({ length: count }, () => now - 1);

  test.each([
    { title: 'eight and two are ten', given: withDeletes(recent(8)), planned: 2, guards: [] },
    { title: 'nine and two are too many', given: withDeletes(recent(9)), planned: 0, guards: ['deletes-per-24h 2'] },
    {
      title: 'one that was begun, and is planned again, counts once',
      given: withDeletes(recent(8), {}, [1]),
      planned: 2,
      guards: [],
    },
    {
      title: 'what was a day ago counts no more',
      given: withDeletes([...recent(8), now - deleteWindowMs]),
      planned: 2,
      guards: [],
    },
    {
      title: 'what is in the future counts',
      given: withDeletes([...recent(8), now + 5 * deleteWindowMs]),
      planned: 0,
      guards: ['deletes-per-24h 2'],
    },
    {
      title: 'what was a day ago by a clock that was set ahead still counts: the API says what time it is',
      given: withDeletes([...recent(8), now - deleteWindowMs], { live: { serverTime: now - 1 } }),
      planned: 0,
      guards: ['deletes-per-24h 2'],
    },
    {
      title: 'what was a day ago by the clock of the API, and not by ours, counts',
      given: withDeletes([...recent(8), now - deleteWindowMs + 1], { live: { serverTime: now + deleteWindowMs } }),
      planned: 0,
      guards: ['deletes-per-24h 2'],
    },
    {
      title: 'what was a day ago by both clocks counts no more',
      given: withDeletes([...recent(8), now - deleteWindowMs], { live: { serverTime: now } }),
      planned: 2,
      guards: [],
    },
    {
      title: 'what a person allows stands above this budget, too',
      given: withDeletes(recent(10), { overrides: { allowDeletes: 2 } }),
      planned: 2,
      guards: [],
    },
    {
      title: 'what another guard blocked is not blocked twice',
      given: withDeletes(recent(10), { desired: { complete: false } }),
      planned: 0,
      guards: ['incomplete 2'],
    },
  ])('$title', ({ given, planned, guards }) => {
    expect(deletesOf(given)).toStrictEqual({ planned, guards });
  });

  test('one millisecond decides', () => {
    const owned = aLedger({ deletes: deletesAt([now - deleteWindowMs + 1, now - deleteWindowMs]) });

    expect(recentDeletes(owned, now)).toBe(1);
  });
});

describe('nothing is deleted unless the world is certain', () => {
  test.each([
    { title: 'the listing was unstable', given: { live: { stable: false } }, guard: 'unstable' },
    { title: 'the listing was not counted', given: { live: { uncounted: true as const } }, guard: 'unstable' },
    { title: 'only some names are selected', given: { selection: { only: ['application*'] } }, guard: 'subset' },
    {
      title: 'only a directory is selected',
      given: { selection: { directory: 'apps' }, file: 'apps/x.yaml' },
      guard: 'subset',
    },
    {
      title: 'the manifests come from elsewhere and no configuration file says so',
      given: {
        desired: { source: '/elsewhere', root: '/elsewhere' },
        policy: { policy: 'sync' as const, newSource: 'confirm' as const },
      },
      guard: 'subset',
    },
    { title: 'a manifest is invalid', given: { desired: { complete: false } }, guard: 'incomplete' },
    { title: 'there is not a single manifest', given: { manifests: [] }, guard: 'empty' },
    { title: 'its name is new in another account', given: { movingNames: [nameOf(1)] }, guard: 'moved' },
  ])('$title: $guard', ({ given, guard }) => {
    const base = lost(1, 3, { overrides: { allowDeletes: 99 } });
    const ledger = aLedger({
      entries: numbers(3).map((number) => ({ ...entryOf(number), file: `apps/${number}.yaml` })),
    });

    const plan = planOf({ ...base, owned: ledger, ...given });

    expect(plan.changes.filter(({ action }) => action === 'delete')).toStrictEqual([]);
    expect(plan.guards.map((finding) => finding.guard)).toStrictEqual([guard]);
    expect(plan.skips).toContainEqual(expect.objectContaining({ reason: 'blocked', guard, name: nameOf(1) }));
  });

  test('a selection by label leaves every delete out', () => {
    const plan = planOf(lost(1, 3, { selection: { labels: { team: 'a' } } }));

    expect(plan.changes).toStrictEqual([]);
    expect(plan.skips).toContainEqual(expect.objectContaining({ reason: 'not-selected', name: nameOf(1) }));
  });

  test('an empty desired state deletes when that is meant', () => {
    expect(deletesOf(lost(1, 1, { policy: { allowEmpty: true } }))).toStrictEqual({ planned: 1, guards: [] });
  });

  test('a name that moves blocks its own delete only', () => {
    expect(deletesOf(lost(2, 10, { movingNames: [nameOf(1)] }))).toStrictEqual({ planned: 1, guards: ['moved 1'] });
  });

  test('an unstable listing allows updates, and neither creates nor adopts', () => {
    const plan = planOf({
      manifests: [manifestOf(1), manifestOf(2), manifestOf(3)],
      applications: [bareOf(1), liveOf(2)],
      owned: aLedger({ entries: [entryOf(1)] }),
      live: { stable: false },
    });

    expect(summaryOf(plan)).toStrictEqual([
      `update ${nameOf(1)}`,
      `blocked (unstable) ${nameOf(2)}`,
      `blocked (unstable) ${nameOf(3)}`,
    ]);
    expect(plan.notices.map(({ kind }) => kind)).toStrictEqual(['unstable-listing']);
  });

  test('a listing that was not counted allows all but deletes, and says so', () => {
    const plan = planOf({
      manifests: [manifestOf(1), manifestOf(2), manifestOf(3)],
      applications: [bareOf(1), liveOf(2)],
      owned: aLedger({ entries: [entryOf(1)] }),
      live: { uncounted: true },
    });

    expect(summaryOf(plan)).toStrictEqual([`adopt ${nameOf(2)}`, `create ${nameOf(3)}`, `update ${nameOf(1)}`]);
    expect(plan.notices.map(({ kind }) => kind)).toStrictEqual(['uncounted-listing']);
  });

  test('an application that cannot be read allows updates alone, and is named', () => {
    const plan = planOf({
      manifests: [manifestOf(1), manifestOf(3)],
      applications: [bareOf(1)],
      owned: aLedger({ entries: [entryOf(1)] }),
      live: {
        stable: false,
        unreadable: [{ where: 'the application at position 7 of page 1', problem: '"id" is null' }],
      },
    });

    expect(summaryOf(plan)).toStrictEqual([`update ${nameOf(1)}`, `blocked (unstable) ${nameOf(3)}`]);
    expect(plan.notices).toMatchObject([
      { kind: 'unreadable-application', message: expect.stringContaining('at position 7 of page 1: "id" is null') },
    ]);
  });

  test('the first guard that fits is the one that is named', () => {
    const everything = { live: { stable: false }, desired: { complete: false }, selection: { only: ['*'] } };

    expect(deletesOf(lost(4, 10, everything)).guards).toStrictEqual(['unstable 4']);
    expect(deletesOf(lost(4, 10, { ...everything, live: {} })).guards).toStrictEqual(['subset 4']);
  });
});

describe('an adoption removes nothing unasked', () => {
  const live = anApplication({
    id: anId(1),
    name: 'Support',
    body: { capabilities: { rtc: {}, vbc: {}, voice: { webhooks: { event_url: { address: 'https://a.example/' } } } } },
  });
  const manifest = aManifest({ name: 'Support', spec: { capabilities: { voice: { webhooks: {} } } } });
  const given = { manifests: [manifest], applications: [live] };

  test('every loss is listed with the ways out', () => {
    const [finding] = planOf(given).guards;

    expect(finding).toMatchObject({ guard: 'adoption-loss', blocked: 1 });
    for (const text of [
      '/capabilities/rtc',
      '/capabilities/vbc',
      '/capabilities/voice/webhooks/event_url',
      'keep',
      'NAME',
    ]) {
      expect(finding?.message).toContain(text);
    }
  });

  test.each([
    {
      title: 'keeping what is undeclared',
      more: { policy: { undeclaredCapabilities: 'keep' as const } },
      expected: 'adopt Support',
    },
    { title: 'allowing it by name', more: { overrides: { allowRemovals: ['Support'] } }, expected: 'adopt Support' },
    {
      title: 'allowing it by id',
      more: { overrides: { allowRemovals: [anId(1).toUpperCase()] } },
      expected: 'adopt Support',
    },
    {
      title: 'allowing it for another name',
      more: { overrides: { allowRemovals: ['Sales'] } },
      expected: 'blocked (adoption-loss) Support',
    },
    {
      title: 'allowing deletes',
      more: { overrides: { allowDeletes: 9, allowUpdates: 9 } },
      expected: 'blocked (adoption-loss) Support',
    },
    {
      title: 'declaring nothing of it',
      more: { manifests: [aManifest({ name: 'Support' })] },
      expected: 'adopt Support',
    },
  ])('$title: $expected', ({ more, expected }) => {
    expect(summaryOf(planOf({ ...given, ...more }))).toStrictEqual([expected]);
  });
});

describe('keys of new applications', () => {
  const own = aManifest({ name: 'Support', spec: { keys: { public_key: 'the manifest’s' } } });
  const none = aManifest({ name: 'Support', spec: { keys: {} } });

  test.each([
    {
      title: 'required and brought',
      manifests: [own],
      policy: { keysMode: 'required' as const },
      expected: 'create Support',
    },
    {
      title: 'required and not brought',
      manifests: [none],
      policy: { keysMode: 'required' as const },
      expected: 'blocked (keys-required) Support',
    },
    {
      title: 'generated into a directory that may vanish',
      manifests: [none],
      keyCustody: 'unsafe' as const,
      expected: 'blocked (key-custody) Support',
    },
    {
      title: 'brought, whatever the directory',
      manifests: [own],
      keyCustody: 'unsafe' as const,
      expected: 'create Support',
    },
    { title: 'generated', manifests: [none], expected: 'create Support' },
  ])('$title: $expected', ({ expected, title: _title, ...given }) => {
    expect(summaryOf(planOf(given))).toStrictEqual([expected]);
  });

  test('an existing application needs no key', () => {
    const given = { ...lost(0, 1), policy: { keysMode: 'required' as const }, keyCustody: 'unsafe' as const };

    expect(summaryOf(planOf({ ...given, applications: [bareOf(1)] }))).toStrictEqual([`update ${nameOf(1)}`]);
  });
});

describe('many missing at once look like a wrong account', () => {
  const vanished = (gone: number, owned: number, given: Given = {}): Given => ({
    ...lost(0, owned),
    applications: numbers(owned - gone, gone + 1).map(liveOf),
    gone: numbers(gone).map(anId),
    ...given,
  });
  const creates = (given: Given) => planOf(given).changes.filter(({ action }) => action === 'create').length;
  const withNew = (given: Given): Given => ({
    ...given,
    manifests: [...(given.manifests ?? []), aManifest({ name: 'new' })],
  });

  test.each([
    { owned: 0, limit: 1 },
    { owned: 19, limit: 1 },
    { owned: 20, limit: 2 },
    { owned: 500, limit: 50 },
  ])('of $owned owned, $limit may be missing', ({ owned, limit }) => {
    expect(vanishLimit(owned)).toBe(limit);
  });

  test.each([
    { title: 'one of two is created again', given: vanished(1, 2), expected: 1 },
    { title: 'two of ten create nothing', given: vanished(2, 10), expected: 0 },
    { title: 'four of forty are created again', given: vanished(4, 40), expected: 4 },
    { title: 'five of forty create nothing', given: vanished(5, 40), expected: 0 },
    { title: 'the only one creates nothing', given: vanished(1, 1), expected: 0 },
    { title: 'as many as a person allows', given: vanished(4, 10, { overrides: { allowCreates: 4 } }), expected: 4 },
    {
      title: 'fewer than a person allows create nothing',
      given: vanished(4, 10, { overrides: { allowCreates: 3 } }),
      expected: 0,
    },
    {
      title: 'what we never owned does not count',
      given: vanished(1, 10, { live: { missing: [99].map(anId) } }),
      expected: 1,
    },
    {
      title: 'one that was missing for the first time counts',
      given: vanished(1, 10, { live: { missing: [10].map(anId) }, applications: numbers(8, 2).map(liveOf) }),
      expected: 0,
    },
    {
      title: 'one of two creates nothing while the other one cannot be seen either',
      given: vanished(1, 2, { live: { unconfirmed: [2].map(anId) }, applications: [] }),
      expected: 0,
    },
    {
      title: '... unless a person allows it',
      given: vanished(1, 2, {
        live: { unconfirmed: [2].map(anId) },
        applications: [],
        overrides: { allowCreates: 1 },
      }),
      expected: 1,
    },
    {
      title: 'one about which nothing is known does not count',
      given: vanished(1, 10, { live: { unconfirmed: [10].map(anId) }, applications: numbers(8, 2).map(liveOf) }),
      expected: 1,
    },
  ])('$title', ({ given, expected }) => {
    expect(creates(given)).toBe(expected);
  });

  test('paused manifests do not count', () => {
    const { manifests = [], ...given } = vanished(2, 10);
    const paused = manifests.map((manifest, index) =>
      index === 0 ? { ...manifest, reconcile: 'paused' as const } : manifest,
    );

    expect(creates({ ...given, manifests: paused })).toBe(1);
  });

  test('what was bound within the settle time does not count', () => {
    const given = vanished(2, 10);
    const entries = [...(given.owned?.entries.values() ?? [])].map((entry) =>
      entry.id === anId(2) ? { ...entry, boundAt: -1 } : entry,
    );

    expect(creates({ ...given, owned: aLedger({ entries }) })).toBe(1);
  });

  test('what was never created goes ahead beside it while anything we own is live', () => {
    const plan = planOf(withNew(vanished(4, 10)));

    expect(plan.changes.map(({ name }) => name)).toStrictEqual(['new']);
    expect(plan.guards).toMatchObject([{ guard: 'vanished', blocked: 4 }]);
    expect(plan.guards[0]?.message).toContain('4 of 10 managed applications are missing (allowed: 1)');
  });

  test('the message says so when the others cannot be seen', () => {
    const plan = planOf(vanished(1, 2, { live: { unconfirmed: [2].map(anId) }, applications: [] }));

    expect(plan.guards[0]?.message).toContain('1 of 2 managed applications are missing (allowed: none if no other');
  });

  test.each([
    { unconfirmed: [], says: 'an outage; --allow-creates 2 creates them again, with new ids' },
    { unconfirmed: [3], says: 'an outage; 1 more is not listed; --allow-creates 3 checks each' },
    { unconfirmed: [3, 4, 5], says: 'an outage; 3 more are not listed; --allow-creates 5 checks each' },
  ])('the message allows for $unconfirmed, about which nothing is known', ({ unconfirmed, says }) => {
    const listed = numbers(10 - unconfirmed.length, 3 + unconfirmed.length).map(liveOf);
    const plan = planOf(vanished(2, 12, { live: { unconfirmed: unconfirmed.map(anId) }, applications: listed }));

    expect(plan.guards).toMatchObject([{ guard: 'vanished', blocked: 2 }]);
    expect(plan.guards[0]?.message).toContain(says);
  });

  test.each([
    { title: 'nothing new is created either when nothing we own is live', given: vanished(3, 3), expected: 0 },
    {
      title: 'a person who allows what is missing says that the account is right',
      given: vanished(3, 3, { overrides: { allowCreates: 3 } }),
      expected: 4,
    },
    {
      title: 'fewer than are missing say nothing',
      given: vanished(3, 3, { overrides: { allowCreates: 2 } }),
      expected: 0,
    },
    { title: 'an empty ledger blocks nothing', given: { manifests: [] }, expected: 1 },
    {
      title: 'nor does one whose entries are all young',
      given: {
        manifests: [],
        owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Young', boundAt: 0 })] }),
        live: { missing: [anId(1)] },
      },
      expected: 1,
    },
    {
      title: 'one that is missing for the first time blocks it as well',
      given: {
        manifests: [],
        owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Old' })] }),
        live: { missing: [anId(1)] },
      },
      expected: 0,
    },
    {
      title: 'those about which nothing is known have to be allowed as well',
      given: vanished(1, 3, {
        live: { unconfirmed: [2, 3].map(anId) },
        applications: [],
        overrides: { allowCreates: 2 },
      }),
      expected: 1,
    },
  ])('$title', ({ given, expected }) => {
    expect(creates(withNew(given))).toBe(expected);
  });

  test('the message names all that are away, however few were asked for', () => {
    const plan = planOf(withNew(vanished(0, 3, { live: { unconfirmed: [1, 2, 3].map(anId) }, applications: [] })));

    expect(plan.guards).toMatchObject([{ guard: 'vanished', blocked: 1 }]);
    expect(plan.guards[0]?.message).toContain('none of the 3 managed applications is listed');
    expect(plan.guards[0]?.message).toContain('--allow-creates 3 allows this');
  });

  test('the message speaks of one application and one new one as such', () => {
    const plan = planOf(withNew(vanished(0, 1, { live: { unconfirmed: [anId(1)] }, applications: [] })));

    expect(plan.guards[0]?.message).toBe(
      'the only managed application is not listed, which looks like a wrong account or an outage: 1 new application waits; --allow-creates 1 allows this',
    );
  });
});

describe('many updates at once look like a wrong branch', () => {
  const changed = (updates: number, owned: number, given: Given = {}): Given => ({
    ...lost(0, owned),
    applications: numbers(owned).map((number) => (number <= updates ? bareOf(number) : liveOf(number))),
    ...given,
  });
  const updates = (given: Given) => planOf(given).changes.length;

  test.each([
    { owned: 10, maxPercent: 50, limit: Number.POSITIVE_INFINITY },
    { owned: 11, maxPercent: 50, limit: 5 },
    { owned: 100, maxPercent: 29, limit: 29 },
    { owned: 100, maxPercent: 0, limit: 0 },
  ])('of $owned owned, at most $maxPercent %: $limit', ({ owned, maxPercent, limit }) => {
    expect(updateLimit(owned, { ...defaultPolicy, updates: { maxPercent } })).toBe(limit);
  });

  test.each([
    { title: 'ten of ten are updated', given: changed(10, 10), expected: 10 },
    { title: 'five of eleven are updated', given: changed(5, 11), expected: 5 },
    { title: 'six of eleven are all blocked', given: changed(6, 11), expected: 0 },
    { title: 'as many as a person allows', given: changed(6, 11, { overrides: { allowUpdates: 6 } }), expected: 6 },
    {
      title: 'fewer than a person allows are blocked',
      given: changed(6, 11, { overrides: { allowUpdates: 5 } }),
      expected: 0,
    },
    {
      title: 'allowing deletes allows no update',
      given: changed(6, 11, { overrides: { allowDeletes: 9 } }),
      expected: 0,
    },
  ])('$title', ({ given, expected }) => {
    expect(updates(given)).toBe(expected);
  });
});

describe('what the policy leaves alone is no block', () => {
  const drifted = manifestOf(1);
  const base: Given = {
    manifests: [drifted, manifestOf(2), manifestOf(3)],
    applications: [bareOf(1), bareOf(2)],
    owned: aLedger({ entries: [anEntry({ id: anId(1), manifest: drifted })] }),
  };
  const lines = (given: Given) =>
    summaryOf(planOf({ ...base, ...given })).map((line) => line.replace('application 00', ''));

  test.each([
    {
      title: 'create-only creates',
      policy: { policy: 'create-only' as const },
      expected: ['create 3', 'kept 1', 'kept 2'],
    },
    {
      title: 'reported drift is kept',
      policy: { onDrift: 'report' as const },
      expected: ['adopt 2', 'create 3', 'kept 1'],
    },
    {
      title: 'only planned commits are kept, drift is healed',
      policy: { onCommit: 'plan' as const },
      expected: ['update 1', 'kept 2', 'kept 3'],
    },
    { title: 'everything', policy: {}, expected: ['adopt 2', 'create 3', 'update 1'] },
  ])('$title', ({ policy, expected }) => {
    expect(lines({ policy })).toStrictEqual(expected);
    expect(planOf({ ...base, policy }).guards).toStrictEqual([]);
  });

  test('a changed manifest is written whole though drift is only reported', () => {
    const owned = aLedger({ entries: [anEntry({ id: anId(1), name: nameOf(1), appliedHash: 'earlier' })] });

    expect(lines({ owned, policy: { onDrift: 'report' } })).toContain('update 1');
  });

  test('create-only takes over what needs no write', () => {
    const given = { manifests: [manifestOf(2)], applications: [liveOf(2)], policy: { policy: 'create-only' as const } };

    expect(lines(given)).toStrictEqual(['adopt 2', 'missing 1']);
  });
});

describe('a selection filters changes after pairing', () => {
  const base: Given = {
    manifests: [
      aManifest({ name: 'A', labels: { team: 'a' }, place: { file: 'apps/a.yaml', line: 1, column: 1 } }),
      aManifest({ name: 'B', labels: { team: 'b' }, place: { file: 'apps-old/b.yaml', line: 1, column: 1 } }),
    ],
  };

  test.each([
    { title: 'by name', selection: { only: ['A'] }, expected: ['create A', 'not-selected B'] },
    { title: 'by several names', selection: { only: ['A', 'B'] }, expected: ['create A', 'create B'] },
    { title: 'by label', selection: { labels: { team: 'b' } }, expected: ['create B', 'not-selected A'] },
    {
      title: 'by a label nothing has',
      selection: { labels: { team: 'c' } },
      expected: ['not-selected A', 'not-selected B'],
    },
    { title: 'by directory', selection: { directory: 'apps' }, expected: ['create A', 'not-selected B'] },
    {
      title: 'by name and label',
      selection: { only: ['A'], labels: { team: 'b' } },
      expected: ['not-selected A', 'not-selected B'],
    },
    { title: 'of nothing in particular is everything', selection: {}, expected: ['create A', 'create B'] },
  ])('$title', ({ selection, expected }) => {
    expect(summaryOf(planOf({ ...base, selection }))).toStrictEqual(expected);
  });

  test('an application paired outside the selection is not free for one inside', () => {
    const plan = planOf({
      manifests: [aManifest({ name: 'A' }), aManifest({ name: 'B', formerly: ['A'] })],
      applications: [anApplication({ id: anId(1), name: 'A' })],
      selection: { only: ['B'] },
    });

    expect(summaryOf(plan)).toStrictEqual(['conflict A', 'conflict B', 'unmanaged A']);
  });
});

test('a plan without a ledger says so', () => {
  const { notices } = planOf({ owned: { ...aLedger(), known: false } });

  expect(notices).toStrictEqual([{ kind: 'no-ledger', message: 'no ledger: ownership and deletes unknown' }]);
});

describe('a person pauses an application', () => {
  const paused = { applications: new Map([['Support', 'by a person until noon']]) };
  const live = [anApplication({ id: anId(1), name: 'Support' })];
  const owned = aLedger({ entries: [anEntry({ id: anId(1), name: 'Support' })] });

  test.each([
    { title: 'nothing is created', given: { manifests: [aManifest()] }, expected: ['paused Support'] },
    { title: 'nothing is deleted', given: { applications: live, owned }, expected: ['paused Support'] },
    {
      title: 'a rename away from the name is paused, too',
      given: { manifests: [aManifest({ name: 'Sales', formerly: ['Support'] })], applications: live, owned },
      expected: ['paused Sales'],
    },
    {
      title: 'another name goes ahead',
      given: { manifests: [aManifest({ name: 'Sales' })] },
      expected: ['create Sales'],
    },
    {
      title: 'by its id',
      given: {
        applications: live,
        owned,
        paused: { applications: new Map([[anId(1), 'by a person until noon']]) },
      },
      expected: ['paused Support'],
    },
    {
      title: 'by a pause of the whole account',
      given: { manifests: [aManifest({ name: 'Sales' })], paused: { account: 'all', applications: new Map() } },
      expected: ['paused Sales'],
    },
  ])('$title', ({ given, expected }) => {
    const plan = planOf({ policy: { policy: 'sync', allowEmpty: true }, paused, ...given });

    expect(summaryOf(plan)).toStrictEqual(expected);
    expect(plan.skips.map(({ heldBack }) => heldBack)).toStrictEqual(plan.skips.map(() => true));
  });

  test('what the policy leaves alone anyway is not held back by the pause', () => {
    const plan = planOf({ policy: { onCommit: 'plan' }, manifests: [aManifest()], paused });

    expect(summaryOf(plan)).toStrictEqual(['kept Support']);
  });
});
