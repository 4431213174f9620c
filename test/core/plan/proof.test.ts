import { describe, expect, test } from 'vitest';
import { hashJson } from '../../../src/core/hash.ts';
import { noFieldRecords } from '../../../src/core/ledger/field-records.ts';
import { fieldsAfterWrite, type Write } from '../../../src/core/ledger/fields-after-write.ts';
import type { LedgerEntry, Unproven } from '../../../src/core/ledger/ledger.ts';
import { recordAll } from '../../../src/core/ledger/record.ts';
import { type RetryFacts, retryAfterMs, withRetry } from '../../../src/core/ledger/retry.ts';
import { stampsOf } from '../../../src/core/ledger/stamps.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { defaultPolicy, everything, type Policy } from '../../../src/core/plan/policy.ts';
import { aDesiredState, aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { planOf, summaryOf } from '../plan-of.ts';

const path = '/privacy/improve_ai';
const sent = hashJson(true);
const old = hashJson(false);
const odd = hashJson('odd');
const manifest = aManifest({ spec: { privacy: { improve_ai: true } } });
const settleMs = defaultPolicy.creates.settleSeconds * 1000;

const record = (given: Partial<Unproven> = {}): Unproven => ({ path, sent, echoed: sent, writes: 1, ...given });
const whole: Unproven = { path: '', sent: manifest.hash, echoed: manifest.hash, writes: 1 };

interface Seen {
  readonly unproven?: readonly Unproven[];
  readonly live?: boolean | string;
  readonly now?: number;
  readonly entry?: Partial<LedgerEntry>;
  readonly stable?: boolean;
  readonly declared?: Manifest;
  readonly policy?: Partial<Policy>;
}

/** "Support" declares `improve_ai: true` and was written at 0. */
function seen({ unproven = [], live = false, now = settleMs, entry = {}, stable = true, ...given }: Seen) {
  const { declared = manifest, policy = {} } = given;
  return planOf({
    policy,
    manifests: [declared],
    applications: [anApplication({ body: { privacy: { improve_ai: live } } })],
    owned: aLedger({ entries: [anEntry({ manifest, writtenAt: 0, unproven, ...entry })] }),
    live: { stable },
    now,
  });
}

describe('a difference in a field that was written', () => {
  test.each<{ readonly title: string; readonly given: Seen; readonly expected: string }>([
    {
      title: 'before the settle time is over',
      given: { unproven: [record()], now: settleMs - 1 },
      expected: 'unproven',
    },
    { title: 'in a listing that is not stable', given: { unproven: [record()], stable: false }, expected: 'unproven' },
    {
      title: 'after a write in the future',
      given: { unproven: [record()], entry: { writtenAt: 9e9 } },
      expected: 'unproven',
    },
    { title: 'whose response was as sent', given: { unproven: [record()] }, expected: 'not kept' },
    {
      title: 'whose response showed it, as it was before',
      given: { unproven: [record({ echoed: old, before: old })] },
      expected: 'not kept',
    },
    {
      title: 'whose response showed it, with nothing known of before',
      given: { unproven: [record({ echoed: old })] },
      expected: 'not kept',
    },
    {
      title: 'whose response showed something else',
      given: { unproven: [record({ echoed: odd, before: old })] },
      expected: 'not kept',
    },
    {
      title: 'whose response showed it, other than before',
      given: { unproven: [record({ echoed: old, before: odd })] },
      expected: 'normalized',
    },
    {
      title: 'twice, and reads the same again',
      given: { unproven: [record({ before: old, read: old, writes: 2 })] },
      expected: 'normalized',
    },
    {
      title: 'twice, and reads otherwise each time',
      given: { unproven: [record({ before: odd, read: odd, writes: 2 })] },
      expected: 'drift',
    },
    {
      title: 'with another value',
      given: { unproven: [record({ sent: odd })] },
      expected: 'drift',
    },
    {
      title: 'in a new application, before the settle time',
      given: { unproven: [whole], now: 0 },
      expected: 'unproven',
    },
    { title: 'in a new application', given: { unproven: [whole] }, expected: 'not kept' },
    {
      title: 'in a new application of another manifest',
      given: { unproven: [{ ...whole, sent: 'another' }] },
      expected: 'drift',
    },
    {
      title: 'by a program that did not say when',
      given: { unproven: [record()], entry: { writtenAt: undefined as never } },
      expected: 'not kept',
    },
  ])('$title: $expected', ({ given, expected }) => {
    const { changes, skips } = seen(given);

    expect([...changes, ...skips].map(({ reason }) => reason)).toStrictEqual([expected]);
  });

  test.each<{ readonly title: string; readonly given: Seen; readonly message: string }>([
    {
      title: 'written lately',
      given: { now: settleMs - 1 },
      message: 'written less than 30 s ago, and the API may still show earlier values',
    },
    {
      title: 'written lately, where looks are a second apart',
      given: { now: 999, policy: { creates: { settleSeconds: 0 } } },
      message: 'written less than 1 s ago, and the API may still show earlier values',
    },
    {
      title: 'written long ago, in a listing that is not stable',
      given: { now: 10 * settleMs, stable: false },
      message: 'the listing changed while it was read',
    },
  ])('that tells nothing yet says why: $title', ({ given, message }) => {
    expect(seen({ unproven: [record()], ...given }).skips).toMatchObject([
      { reason: 'unproven', message: `${message}: a later read shows whether these fields were stored` },
    ]);
  });

  test('is no fight when it is written once more', () => {
    const healed = [0, 1, 2].map((at) => ({ path, at }));

    expect(summaryOf(seen({ unproven: [record()], entry: { healed } }))).toStrictEqual(['update Support']);
  });

  test('is no reason for the guard over many updates when it is written once more', () => {
    const manifests = Array.from({ length: 12 }, (_, nth) => aManifest({ ...manifest, name: `No ${nth}` }));
    const entries = manifests.map((one, nth) =>
      anEntry({ id: anId(nth + 1), manifest: one, unproven: [record()], writtenAt: 0 }),
    );
    const applications = manifests.map(({ name }, nth) =>
      anApplication({ id: anId(nth + 1), name, body: { privacy: { improve_ai: false } } }),
    );

    const { changes } = planOf({ manifests, applications, owned: aLedger({ entries }), now: settleMs });

    expect(changes).toHaveLength(12);
  });
});

describe('what a reading records', () => {
  const noted = (given: Seen) => seen(given).notes.filter(({ kind }) => kind === 'proven');

  test('what was sent and is there is known no more', () => {
    expect(noted({ unproven: [record(), whole], live: true })).toMatchObject([
      { seen: { unproven: [record(), whole] }, proof: noFieldRecords },
    ]);
  });

  test('what the server rewrites, and since when', () => {
    expect(noted({ unproven: [record({ echoed: old, before: odd })] })).toMatchObject([
      { proof: { normalised: [{ path, sent, echoed: old, since: settleMs, triedAt: settleMs }], unproven: [] } },
    ]);
  });

  test.each<{ readonly title: string; readonly given: Seen }>([
    { title: 'before the settle time is over', given: { unproven: [record()], live: true, now: 0 } },
    { title: 'while all of it stays open', given: { unproven: [record()] } },
    { title: 'while a field of a new application stays open', given: { unproven: [whole] } },
    { title: 'of what nothing is known about', given: {} },
  ])('is nothing $title', ({ given }) => {
    expect(noted(given)).toStrictEqual([]);
  });

  test('is nothing outside the selection, and nothing of what is held', () => {
    const applications = [anApplication({ body: { privacy: { improve_ai: true } } })];
    const owned = aLedger({ entries: [anEntry({ manifest, writtenAt: 0, unproven: [record()] })] });
    const given = { manifests: [manifest], applications, owned, now: settleMs };
    const broken = [{ place: { file: 'Support.yaml', line: 1, column: 1 }, name: 'Support' }];
    const provenIn = (plan: ReturnType<typeof planOf>) => plan.notes.filter(({ kind }) => kind === 'proven');

    expect(provenIn(planOf(given))).toHaveLength(1);
    expect(provenIn(planOf({ ...given, selection: { only: ['Another'] } }))).toStrictEqual([]);
    expect(provenIn(planOf({ ...given, desired: { broken, complete: false } }))).toStrictEqual([]);
  });

  test('the time of a write in the future: it counts as made now', () => {
    expect(noted({ unproven: [record()], live: true, entry: { writtenAt: 9e9 }, now: 5 })).toMatchObject([
      { proof: { unproven: [record()] }, writtenAt: 5 },
    ]);
  });

  test('is not taken over by an application that was written since', () => {
    const entry = anEntry({ unproven: [record()] });
    const proven = { kind: 'proven', id: anId(1), proof: noFieldRecords } as const;
    const taken = (seenThen: readonly Unproven[]) =>
      recordAll(aLedger({ entries: [entry] }), [{ ...proven, seen: { normalised: [], unproven: seenThen } }]);

    expect(taken([record()]).entries.get(anId(1))).toMatchObject({ unproven: [] });
    expect(taken([record({ writes: 2 })]).entries.get(anId(1))).toMatchObject({ unproven: [record()] });
  });

  test('is taken over with the time from which the write counts', () => {
    const entry = anEntry({ unproven: [record()], writtenAt: 9e9 });
    const seenThen = { normalised: [], unproven: [record()] };
    const proven = { kind: 'proven', id: anId(1), proof: noFieldRecords, seen: seenThen, writtenAt: 5 } as const;

    const after = recordAll(aLedger({ entries: [entry] }), [proven]);

    expect(after.entries.get(anId(1))).toMatchObject({ unproven: [], writtenAt: 5 });
    expect(stampsOf([proven])).toEqual([{ key: `${anId(1)} writtenAt 5`, at: 5 }]);
    const { writtenAt: _time, ...timeless } = proven;
    expect(stampsOf([timeless])).toEqual([]);
  });
});

describe('what is known of a field after a write', () => {
  const body = (improveAi: boolean | string) => ({ privacy: { improve_ai: improveAi } });
  const rewritten = { path, sent, echoed: old, since: 1, triedAt: 1 };
  const writing = (given: Partial<Write>) =>
    fieldsAfterWrite({
      known: noFieldRecords,
      before: body(false),
      sent: body(true),
      response: body(true),
      wanted: body(true),
      manifestHash: manifest.hash,
      sameVersion: false,
      now: 7,
      ...given,
    });

  test.each<{ readonly title: string; readonly given: Partial<Write>; readonly expected: readonly Unproven[] }>([
    { title: 'a first write', given: {}, expected: [record({ before: old })] },
    {
      title: 'a first write whose response differs',
      given: { response: body(false) },
      expected: [record({ before: old, echoed: old })],
    },
    { title: 'a new application', given: { before: undefined }, expected: [whole] },
    {
      title: 'a new application whose response differs',
      given: { before: undefined, response: body(false) },
      expected: [whole, record({ before: hashJson(null), echoed: old })],
    },
    {
      title: 'the second write',
      given: { known: { normalised: [], unproven: [record({ before: odd })] }, sameVersion: true },
      expected: [record({ before: old, read: old, writes: 2 })],
    },
    {
      title: 'another write beside what is open',
      given: {
        known: { normalised: [], unproven: [record({ before: odd })] },
        before: body(true),
        response: body(false),
      },
      expected: [record({ before: sent, echoed: old })],
    },
    {
      title: 'another write that does not touch what is open',
      given: { known: { normalised: [], unproven: [record({ before: odd })] }, before: body(true) },
      expected: [record({ before: odd })],
    },
    {
      title: 'drift in a new application',
      given: { known: { normalised: [], unproven: [whole] }, sameVersion: true },
      expected: [whole, record({ before: old, read: old, writes: 2 })],
    },
    {
      title: 'a changed manifest of a new application',
      given: { known: { normalised: [], unproven: [{ ...whole, sent: 'another' }] } },
      expected: [record({ before: old })],
    },
    { title: 'a heal', given: { sameVersion: true }, expected: [] },
    {
      title: 'a heal answered with what was before',
      given: { sameVersion: true, response: body(false) },
      expected: [],
    },
    {
      title: 'a heal answered with a third value',
      given: { sameVersion: true, response: body('odd') },
      expected: [record({ before: old, echoed: odd, writes: 2 })],
    },
    {
      title: 'a heal of what the server rewrites',
      given: { known: { normalised: [rewritten], unproven: [] }, before: body('odd'), sameVersion: true },
      expected: [record({ before: odd, read: old, writes: 2 })],
    },
  ])('$title', ({ given, expected }) => {
    expect(writing(given)).toStrictEqual({ normalised: [], unproven: expected });
  });

  test.each([
    { title: 'sent again', before: false, response: true, triedAt: 7 },
    { title: 'shown as before by the response alone', before: true, response: false, triedAt: 7 },
    { title: 'not met at all', before: true, response: true, triedAt: 1 },
  ])('what the server rewrites stays known: $title', ({ before, response, triedAt }) => {
    const known = { normalised: [rewritten], unproven: [] };

    expect(writing({ known, before: body(before), response: body(response) })).toStrictEqual({
      normalised: [{ ...rewritten, triedAt }],
      unproven: [],
    });
  });
});

describe('what is sent again', () => {
  const rewritten = { path, sent, echoed: old, since: 0, triedAt: 0 };

  const retryOf = (given: Partial<RetryFacts> & Pick<Seen, 'entry' | 'declared'> = {}) => {
    const { entry = {}, declared = manifest, ...facts } = given;
    const full = { normalised: [rewritten], ...entry };
    const plan = seen({ entry: full, declared, now: retryAfterMs });
    const owned = aLedger({ entries: [anEntry({ manifest, writtenAt: 0, ...full })] });
    return withRetry(plan, {
      desired: aDesiredState({ manifests: [declared] }),
      owned,
      policy: defaultPolicy,
      selection: everything,
      whenStale: 'replan',
      retryNormalised: true,
      now: retryAfterMs,
      ...facts,
    }).retry;
  };

  test('is what was left alone for a day', () => {
    expect(retryOf()).toStrictEqual({ name: 'Support', id: anId(1), manifest, paths: [path] });
  });

  test('is what was tried in the future: the clock was set back', () => {
    const normalised = [{ ...rewritten, triedAt: 9e12 }];

    expect(retryOf({ entry: { normalised } })).toBeDefined();
  });

  const policy = (given: Partial<typeof defaultPolicy>) => ({ policy: { ...defaultPolicy, ...given } });

  test.each<{ readonly title: string; readonly given: Parameters<typeof retryOf>[0] }>([
    { title: 'earlier', given: { now: retryAfterMs - 1 } },
    { title: 'by a run without a daemon', given: { retryNormalised: false } },
    { title: 'where nothing is written to what exists', given: policy({ policy: 'create-only' }) },
    { title: 'where changes are only planned', given: policy({ onCommit: 'plan' }) },
    { title: 'where drift is only reported', given: policy({ onDrift: 'report' }) },
    { title: 'from a saved plan', given: { whenStale: 'refuse' } },
    { title: 'outside the selection', given: { selection: { ...everything, only: ['Another'] } } },
    { title: 'while a person has paused it', given: { paused: { applications: new Map([['Support', 'why']]) } } },
    { title: 'while a person has paused the account', given: { paused: { account: 'why', applications: new Map() } } },
    { title: 'while its manifest is paused', given: { declared: { ...manifest, reconcile: 'paused' } } },
    {
      title: 'beside a change of the same application',
      given: { declared: aManifest({ spec: { privacy: { improve_ai: true }, capabilities: { rtc: {} } } }) },
    },
    { title: 'without its entry', given: { owned: aLedger() } },
    { title: 'without its manifest', given: { desired: aDesiredState() } },
  ])('is nothing $title', ({ given }) => {
    expect(retryOf(given)).toBeUndefined();
  });

  test('is nothing while a guard stops anything', () => {
    const plan = {
      ...seen({ entry: { normalised: [rewritten] } }),
      guards: [{ guard: 'empty', message: '', blocked: 1 }],
    } as const;
    const facts = {
      desired: aDesiredState({ manifests: [manifest] }),
      owned: aLedger({ entries: [anEntry({ manifest, normalised: [rewritten] })] }),
      policy: defaultPolicy,
      selection: everything,
      whenStale: 'replan',
      retryNormalised: true,
      now: retryAfterMs,
    } as const;

    expect(withRetry(plan, facts).retry).toBeUndefined();
    expect(withRetry({ ...plan, guards: [] }, facts).retry).toBeDefined();
  });
});
