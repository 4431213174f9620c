import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicationId } from '../../src/core/application/application.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Intent, LedgerEntry } from '../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import { nameMatcher } from '../../src/core/name-glob.ts';
import type { Change, Plan } from '../../src/core/plan/plan.ts';
import { aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../builders.ts';
import { aBody, aSpec } from './arbitraries.ts';
import { type Given, planOf } from './plan-of.ts';

const names = ['team-a', 'team-b', 'Team-A', 'other', 'line'];
const aName = fc.constantFrom(...names);
const aNumber = fc.integer({ min: 1, max: 8 });

const someManifests = fc.uniqueArray(
  fc.record({
    name: aName,
    id: fc.option(aNumber, { nil: undefined, freq: 5 }),
    formerly: fc.option(fc.uniqueArray(aName, { maxLength: 2 }), { nil: undefined }),
    spec: aSpec(),
    reconcile: fc.constantFrom<Manifest['reconcile']>('enabled', 'enabled', 'paused'),
    deletionPolicy: fc.constantFrom(undefined, 'delete', 'protect', 'orphan'),
  }),
  { selector: ({ name }) => name, maxLength: 5 },
);

const someApplications = fc.uniqueArray(fc.record({ number: aNumber, name: aName, body: aBody() }), {
  selector: ({ number }) => number,
  maxLength: 8,
});

const someEntries = fc.uniqueArray(
  fc.record({
    number: aNumber,
    name: aName,
    origin: fc.constantFrom<LedgerEntry['origin']>('created', 'adopted'),
    paused: fc.boolean(),
    deletionPolicy: fc.constantFrom(undefined, 'delete', 'protect', 'orphan'),
    orphaned: fc.constantFrom(undefined, 'upsert', 'sync'),
    verdict: fc.constantFrom<Verdict>('missing', 'missing', 'missing', 'none'),
    look: fc.constantFrom<Look>('none', 'agreeing', 'agreeing', 'agreeing', 'too early', 'forgotten', 'in the future'),
    age: fc.constantFrom<Age>('old', 'old', 'old', 'bound just now', 'written just now', 'in the future'),
  }),
  { selector: ({ number }) => number, maxLength: 6 },
);

type Verdict = 'missing' | 'none';
type Look = 'none' | 'agreeing' | 'too early' | 'forgotten' | 'in the future';
type Age = 'old' | 'bound just now' | 'written just now' | 'in the future';

const now = 200_000_000;
const settleMs = 30_000;

const lookTimes: Readonly<Record<Look, number | undefined>> = {
  none: undefined,
  agreeing: now - settleMs,
  'too early': now - settleMs + 1,
  forgotten: now - 86_400_001,
  'in the future': now + 1,
};

const ages: Readonly<Record<Age, Partial<LedgerEntry>>> = {
  old: { boundAt: 0, writtenAt: now - settleMs },
  'bound just now': { boundAt: now - settleMs + 1 },
  'written just now': { boundAt: 0, writtenAt: now },
  'in the future': { boundAt: now + 1, writtenAt: now + 1 },
};

const someIntents = fc.uniqueArray(fc.record({ name: aName, endedAt: fc.constantFrom(undefined, 0, now - 10_000) }), {
  selector: ({ name }) => name,
  maxLength: 2,
});

/** Any account with any manifests, where what is owned and not listed may be missing in every way. */
const anAccount: fc.Arbitrary<Given> = fc
  .record({
    manifests: someManifests,
    applications: someApplications,
    entries: someEntries,
    intents: someIntents,
    policy: fc.constantFrom('create-only', 'upsert', 'sync', 'sync', 'sync'),
    scoped: fc.boolean(),
    stable: fc.constantFrom(true, true, true, false),
    complete: fc.constantFrom(true, true, true, false),
    allowDeletes: fc.constantFrom(undefined, 9, 9),
    allowCreates: fc.constantFrom(undefined, 0, 1, 9, 9),
  })
  .map(({ manifests, applications, entries, intents, ...given }): Given => {
    const listed = new Set(applications.map(({ number }) => number));
    const absent = entries.filter(({ number }) => !listed.has(number));
    return {
      manifests: manifests
        .map(({ id, formerly, deletionPolicy, ...manifest }) =>
          aManifest({
            ...manifest,
            ...(id === undefined ? {} : { id: anId(id) }),
            ...(formerly === undefined ? {} : { formerly }),
            ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
          }),
        )
        .filter(({ name }) => !given.scoped || nameMatcher(['team-*'])(name)),
      applications: applications.map(({ number, name, body }) =>
        anApplication({ id: anId(number), name, body: { ...body, name } }),
      ),
      owned: aLedger({ entries: entries.map(entryOf), intents: intents.map(intentOf) }),
      live: {
        stable: given.stable,
        missing: absent.filter(({ verdict }) => verdict === 'missing').map(({ number }) => anId(number)),
        unconfirmed: absent.filter(({ verdict }) => verdict === 'none').map(({ number }) => anId(number)),
      },
      desired: { complete: given.complete },
      policy: { policy: given.policy, undeclaredCapabilities: 'keep', scopeNames: given.scoped ? ['team-*'] : [] },
      overrides: {
        ...(given.allowDeletes === undefined ? {} : { allowDeletes: given.allowDeletes }),
        ...(given.allowCreates === undefined ? {} : { allowCreates: given.allowCreates }),
      },
      now,
    };
  });

interface EntrySeed {
  readonly number: number;
  readonly name: string;
  readonly origin: LedgerEntry['origin'];
  readonly paused: boolean;
  readonly deletionPolicy: LedgerEntry['deletionPolicy'] | undefined;
  readonly orphaned: 'upsert' | 'sync' | undefined;
  readonly look: Look;
  readonly age: Age;
}

function entryOf({ number, deletionPolicy, orphaned, look, age, name, origin, paused }: EntrySeed): LedgerEntry {
  const missingAt = lookTimes[look];
  return anEntry({
    id: anId(number),
    name,
    origin,
    paused,
    ...ages[age],
    ...(missingAt === undefined ? {} : { missingAt }),
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
    ...(orphaned === undefined ? {} : { orphaned: { at: 0, policy: orphaned } }),
  });
}

function intentOf({ name, endedAt }: { readonly name: string; readonly endedAt: number | undefined }): Intent {
  return anIntent({ name, postedAt: 0, ...(endedAt === undefined ? {} : { endedAt }) });
}

function isPinned(change: Change): boolean {
  return change.action !== 'delete' && change.manifest.id !== undefined;
}

const deletesIn = ({ changes }: Plan) => changes.filter(({ action }) => action === 'delete');

function shuffled<Item>(items: readonly Item[], seed: number): readonly Item[] {
  const keyed = items.map((item, index) => ({ item, key: (seed * (index + 7) * 2_654_435_761) % 1_000_003 }));
  return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
}

describe('laws of a plan', () => {
  test('it does not depend on the order of its inputs', () => {
    fc.assert(
      fc.property(anAccount, fc.nat(), (given, seed) => {
        const owned = given.owned ?? aLedger();
        const reordered = {
          ...given,
          manifests: shuffled(given.manifests ?? [], seed),
          applications: shuffled(given.applications ?? [], seed),
          live: { ...given.live, missing: shuffled([...(given.live?.missing ?? [])], seed) },
          owned: {
            ...owned,
            entries: new Map(shuffled([...owned.entries], seed)),
            intents: shuffled(owned.intents, seed),
          },
        };

        expect(planOf(reordered)).toEqual(planOf(given));
      }),
    );
  });

  test('nothing is deleted by an incomplete or empty desired state, an unstable listing or another policy than sync', () => {
    const spoilt = fc.constantFrom<Given>(
      { desired: { complete: false } },
      { manifests: [] },
      { live: { stable: false } },
      { policy: { policy: 'upsert' } },
      { policy: { policy: 'create-only' } },
    );
    fc.assert(
      fc.property(anAccount, spoilt, (given, spoiler) => {
        const plan = planOf({
          ...given,
          ...spoiler,
          live: { ...given.live, ...spoiler.live },
          policy: { ...given.policy, ...spoiler.policy },
        });

        expect(deletesIn(plan)).toEqual([]);
      }),
    );
  });

  test('the accounts tried do have deletes, creates, adoptions and updates', () => {
    const actions = fc
      .sample(anAccount, { numRuns: 500, seed: 1 })
      .flatMap((given) => planOf(given).changes.map(({ action }) => action));

    expect(new Set(actions)).toEqual(new Set(['delete', 'create', 'adopt', 'update']));
  });

  test('only what we own is changed, unless it is adopted; and only what was created or said so is deleted', () => {
    fc.assert(
      fc.property(anAccount, (given) => {
        const owned = given.owned ?? aLedger();
        for (const change of planOf(given).changes) {
          if (change.action === 'update') expect(owned.entries.has(change.id)).toBe(true);
          if (change.action !== 'delete') continue;
          const entry = owned.entries.get(change.id);
          expect(entry?.paused).toBe(false);
          expect(entry?.origin === 'created' ? [undefined, 'delete'] : ['delete']).toContain(entry?.deletionPolicy);
        }
      }),
    );
  });

  test('nothing outside the scope is created, adopted, deleted or listed as unmanaged', () => {
    const inScope = nameMatcher(['team-*']);
    const scoped = anAccount.filter(({ policy }) => policy?.scopeNames?.length === 1);
    fc.assert(
      fc.property(scoped, (given) => {
        const plan = planOf(given);
        const liveNames = new Map((given.applications ?? []).map(({ id, name }) => [id, name]));
        const touched = plan.changes.flatMap((change) =>
          change.action === 'update' || change.action === 'create' ? [] : [liveNames.get(change.id) ?? ''],
        );
        const declared = plan.changes.flatMap(({ action, name }) => (action === 'delete' ? [] : [name]));
        const listed = plan.skips.flatMap(({ reason, name }) => (reason === 'unmanaged' ? [name] : []));

        expect([...touched, ...declared, ...listed].filter((name) => !inScope(name))).toEqual([]);
      }),
    );
  });

  test('every application is spoken of by at most one change, and none that is deleted is named by a manifest', () => {
    fc.assert(
      fc.property(anAccount, (given) => {
        const plan = planOf(given);
        const ids = plan.changes.flatMap((change) => (change.action === 'create' ? [] : [change.id]));
        expect(new Set(ids).size).toBe(ids.length);
        const named = (given.manifests ?? []).flatMap(({ name, id, formerly = [] }) => [name, id, ...formerly]);
        for (const change of deletesIn(plan)) {
          expect(named).not.toContain(change.name);
          expect(change.action === 'delete' && named.includes(change.id)).toBe(false);
        }
      }),
    );
  });

  /** Told anew: two checks that agree, of an application that reads must show by now. */
  function isGone(id: ApplicationId, { owned, live }: Given): boolean {
    const { boundAt = 0, writtenAt = 0, missingAt = now } = owned?.entries.get(id) ?? {};
    const isYoung = [boundAt, writtenAt].every((at) => at <= now) && Math.max(boundAt, writtenAt) > now - settleMs;
    const missing = new Set(live?.missing);
    return live?.stable !== false && missing.has(id) && !isYoung && missingAt === lookTimes.agreeing;
  }

  function absentIds({ owned, applications = [] }: Given): ReadonlySet<ApplicationId> {
    const live = new Set(applications.map(({ id }) => id));
    return new Set([...(owned?.entries.keys() ?? [])].filter((id) => !live.has(id)));
  }

  test('nothing follows from the absence of an application but after two checks: no create, no adoption, no release', () => {
    fc.assert(
      fc.property(anAccount, (given) => {
        const plan = planOf(given);
        const replaced = plan.changes.flatMap((change) => (change.action === 'create' ? (change.replaces ?? []) : []));
        const givenUp = plan.notes.flatMap((note) => (note.kind === 'released' ? [note.id] : []));
        const followed = [...replaced, ...givenUp].filter((id) => absentIds(given).has(id));
        expect(followed.filter((id) => !isGone(id, given))).toEqual([]);

        const entries = [...(given.owned?.entries.values() ?? [])];
        const waiting = entries.filter(({ id }) => absentIds(given).has(id) && !isGone(id, given));
        const pinned = new Set(given.manifests?.flatMap(({ id }) => id ?? []));
        const arrivals = plan.changes.filter((change) => change.action === 'create' || change.action === 'adopt');
        for (const { name, id } of waiting) {
          if (!pinned.has(id)) expect(arrivals.filter((one) => one.name === name && !isPinned(one))).toEqual([]);
        }
      }),
    );
  });

  test('two checks are not enough for many: no more is created again than may vanish, or than a person allows', () => {
    fc.assert(
      fc.property(anAccount, (given) => {
        const { changes } = planOf(given);
        const again = changes.filter((change) => change.action === 'create' && change.replaces !== undefined);
        const limit = Math.max(1, Math.floor((given.owned?.entries.size ?? 0) / 10));

        expect(again.length).toBeLessThanOrEqual(Math.max(limit, given.overrides?.allowCreates ?? 0));
      }),
    );
  });

  test('a look is of what is absent and old, or takes back that of what is live; nothing else is recorded', () => {
    fc.assert(
      fc.property(anAccount, (given) => {
        const { looks } = planOf(given);
        const absent = absentIds(given);
        const idsOf = (kind: string) => looks.flatMap((look) => (look.kind === kind && 'id' in look ? [look.id] : []));
        const lookAt = (id: ApplicationId) => given.owned?.entries.get(id)?.missingAt;
        const missing = idsOf('missing');
        const seen = idsOf('seen');

        expect(missing.length + seen.length).toBe(looks.length);
        expect(missing.filter((id) => !absent.has(id) || !new Set(given.live?.missing).has(id))).toEqual([]);
        expect(missing.length > 0 && given.live?.stable === false).toBe(false);
        const earlier = missing.flatMap((id) => lookAt(id) ?? []);
        expect(earlier.filter((at) => at <= now && now - at <= 86_400_000)).toEqual([]);
        expect(seen.filter((id) => absent.has(id) || lookAt(id) === undefined)).toEqual([]);
      }),
    );
  });

  test('the accounts tried do have re-creates, releases, looks of both kinds, and everything that is missing', () => {
    const plans = fc.sample(anAccount, { numRuns: 500, seed: 1 }).map(planOf);
    const kinds = plans.flatMap(({ changes, notes, looks, skips, guards }) => [
      ...changes.flatMap((change) => ('replaces' in change ? ['re-create'] : [])),
      ...notes.map(({ kind }) => kind),
      ...looks.map(({ kind }) => kind),
      ...skips.flatMap(({ reason }) => (reason === 'missing' ? ['left missing'] : [])),
      ...guards.map(({ guard }) => guard),
    ]);

    expect([...new Set(kinds)]).toEqual(
      expect.arrayContaining(['re-create', 'released', 'missing', 'seen', 'left missing', 'vanished']),
    );
  });

  test('nothing that goes in is changed', () => {
    fc.assert(
      fc.property(anAccount, (given) => {
        const before = structuredClone(given);

        planOf(given);

        expect(given).toEqual(before);
      }),
    );
  });
});

describe('values from the environment', () => {
  const secret = 'https://hooks.example/?token=T0P-S3CR3T';
  const hooks = ['answer_url', 'event_url', 'fallback_answer_url'];
  const anyAddress = fc.constantFrom(secret, 'https://a.example/', `${secret}&more`);
  const aHooks = fc.dictionary(
    fc.constantFrom(...hooks),
    anyAddress.map((address) => ({ address })),
  );
  const bodyOf = (webhooks: JsonObject) => ({ capabilities: { voice: { webhooks } } });

  test('appear in no field of a plan, whether it creates, adopts, updates or skips', () => {
    fc.assert(
      fc.property(
        aHooks,
        aHooks,
        fc.boolean(),
        fc.constantFrom('enabled', 'paused'),
        (declared, live, owned, reconcile) => {
          const filled = hooks.filter((hook) => declared[hook]?.address.includes(secret));
          const concealed = new Map(
            ['answer_url', ...filled].map((hook) => [`/capabilities/voice/webhooks/${hook}/address`, '${URL}']),
          );
          const spec = bodyOf({ ...declared, answer_url: { address: secret } });
          const manifest = aManifest({ name: 'Support', spec, concealed, reconcile });
          const application = anApplication({ id: anId(1), name: 'Support', body: bodyOf(live) });
          const entries = owned ? [anEntry({ id: anId(1), name: 'Support' })] : [];

          for (const applications of [[application], []]) {
            const plan = planOf({
              manifests: [manifest],
              applications,
              owned: aLedger({ entries }),
              live: { missing: [anId(1)] },
            });
            const shown = [...plan.changes, ...plan.skips.map((skip) => skip.change ?? skip)].map((one) => one.members);

            expect(JSON.stringify([shown, plan.guards, plan.notices])).not.toContain('T0P-S3CR3T');
          }
        },
      ),
    );
  });
});
