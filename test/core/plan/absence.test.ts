import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import {
  type AbsenceInput,
  absencesOf,
  looksOf,
  missingMessage,
  nextLookAt,
  settleMsOf,
  vanishedOf,
} from '../../../src/core/plan/absence.ts';
import { defaultPolicy } from '../../../src/core/plan/policy.ts';
import { aLedger, aLiveState, anApplication, anEntry, anId } from '../../builders.ts';

const now = 1_000_000_000;
const day = 24 * 60 * 60 * 1000;
const settleMs = 30_000;

interface Seen {
  readonly entry?: Partial<LedgerEntry>;
  readonly missing?: boolean;
  readonly stable?: boolean;
  readonly uncounted?: true;
  readonly unreadable?: true;
  readonly settleSeconds?: number;
  readonly listed?: boolean;
}

function inputOf({
  entry = {},
  missing = true,
  stable = true,
  settleSeconds = 30,
  listed = false,
  uncounted,
  unreadable,
}: Seen): AbsenceInput {
  const id = anId(1);
  return {
    live: {
      ...aLiveState({
        applications: listed ? [anApplication({ id })] : [],
        stable,
        ...(missing ? { missing: [id] } : { unconfirmed: [id] }),
      }),
      ...(uncounted === undefined ? {} : { uncounted }),
      ...(unreadable === undefined ? {} : { unreadable: [{ id, where: id, problem: '"name" is null' }] }),
    },
    owned: aLedger({ entries: [anEntry({ id, ...entry })] }),
    policy: { ...defaultPolicy, creates: { settleSeconds } },
    now,
    listedAt: now + 500,
  };
}

const entryOf = ({ owned }: AbsenceInput): LedgerEntry => owned.entries.get(anId(1)) ?? anEntry();

describe('an owned application that a listing does not show', () => {
  test.each<Seen & { readonly title: string; readonly expected: string }>([
    { title: 'was never looked for before', expected: 'missing' },
    { title: 'brought no verdict', missing: false, expected: 'unconfirmed' },
    { title: 'is absent from a listing that was not complete', stable: false, expected: 'unconfirmed' },
    { title: 'is absent from a listing that was not counted', uncounted: true, expected: 'unconfirmed' },
    {
      title: '... even after an earlier look at that, too',
      uncounted: true,
      entry: { missingAt: now - settleMs },
      expected: 'unconfirmed',
    },
    {
      title: '... even after an earlier look',
      stable: false,
      entry: { missingAt: now - settleMs },
      expected: 'unconfirmed',
    },
    {
      title: '... and after one without a verdict',
      missing: false,
      entry: { missingAt: now - settleMs },
      expected: 'unconfirmed',
    },
    { title: 'was looked for the settle time ago', entry: { missingAt: now - settleMs }, expected: 'gone' },
    { title: 'was looked for 1 ms less ago', entry: { missingAt: now - settleMs + 1 }, expected: 'missing' },
    { title: 'was looked for a day ago', entry: { missingAt: now - day }, expected: 'gone' },
    { title: 'was looked for longer ago than a day', entry: { missingAt: now - day - 1 }, expected: 'missing' },
    { title: 'was looked for in the future: a clock was set', entry: { missingAt: now + 1 }, expected: 'missing' },
    { title: 'was bound within the settle time', entry: { boundAt: now - settleMs + 1 }, expected: 'young' },
    { title: 'was bound the settle time ago', entry: { boundAt: now - settleMs }, expected: 'missing' },
    { title: 'was written within the settle time', entry: { boundAt: 0, writtenAt: now }, expected: 'young' },
    { title: 'was bound in the future: the looks decide', entry: { boundAt: now + 1 }, expected: 'missing' },
    {
      title: 'is young, whatever an earlier look said',
      entry: { writtenAt: now, missingAt: now - settleMs },
      expected: 'young',
    },
    {
      title: 'without a settle time is looked for again after a second',
      settleSeconds: 0,
      entry: { missingAt: now - 999 },
      expected: 'missing',
    },
    { title: '... and is gone then', settleSeconds: 0, entry: { missingAt: now - 1000 }, expected: 'gone' },
  ])('$title: $expected', ({ expected, ...seen }) => {
    expect([...absencesOf(inputOf(seen)).values()]).toStrictEqual([expected]);
  });

  test('and one it shows is not absent', () => {
    expect(absencesOf(inputOf({ listed: true, missing: false })).size).toBe(0);
  });
});

describe('a look is recorded', () => {
  const looks = (seen: Seen) => {
    const input = inputOf(seen);
    return looksOf(absencesOf(input), input);
  };

  test('with the time it ended, when it is the first', () => {
    expect(looks({})).toStrictEqual([{ kind: 'missing', id: anId(1), at: now + 500 }]);
  });

  test.each<Seen & { readonly title: string }>([
    { title: 'a second one that comes too early', entry: { missingAt: now - 1 } },
    { title: 'a second one that agrees', entry: { missingAt: now - settleMs } },
    { title: 'none: no verdict', missing: false },
    { title: 'none: the listing was not complete', stable: false },
    { title: 'none: the listing was not counted', uncounted: true },
    { title: 'none: too young', entry: { boundAt: now } },
    { title: 'none: it is live and always was', listed: true, missing: false },
  ])('not: $title', (seen) => {
    expect(looks(seen)).toStrictEqual([]);
  });

  test.each<Seen & { readonly title: string }>([
    { title: 'longer ago than a day', entry: { missingAt: now - day - 1 } },
    { title: 'in the future', entry: { missingAt: now + 1 } },
  ])('anew when the one before was $title', (seen) => {
    expect(looks(seen)).toMatchObject([{ kind: 'missing', at: now + 500 }]);
  });

  test.each([{ stable: true }, { stable: false }])(
    'as over when the application is seen again: stable $stable',
    ({ stable }) => {
      expect(looks({ listed: true, missing: false, stable, entry: { missingAt: now - 1 } })).toStrictEqual([
        { kind: 'seen', id: anId(1) },
      ]);
    },
  );
});

describe('what decides next', () => {
  test.each<Seen & { readonly title: string; readonly at: number | undefined }>([
    { title: 'a first look is decided the settle time after it ended', at: now + 500 + settleMs },
    { title: 'an earlier look the settle time after that', entry: { missingAt: now - 10 }, at: now - 10 + settleMs },
    {
      title: 'a young one when it is no longer young',
      entry: { boundAt: now - 7, writtenAt: now - 9 },
      at: now - 7 + settleMs,
    },
    { title: 'a young one by its last write', entry: { writtenAt: now - 9 }, at: now - 9 + settleMs },
    { title: 'nothing gets clearer by waiting without a verdict', missing: false, at: undefined },
    { title: 'nothing is left to decide', entry: { missingAt: now - settleMs }, at: undefined },
  ])('$title', ({ at, ...seen }) => {
    const input = inputOf(seen);

    expect(nextLookAt(entryOf(input), absencesOf(input).get(anId(1)), input)).toBe(at);
  });

  test.each<Seen & { readonly title: string; readonly says: string }>([
    {
      title: 'missing',
      says: 'One check is not enough: a second check, 30 s after the first, decides (at 1970-01-12T13:47:10.500Z or later)',
    },
    { title: 'young', entry: { boundAt: now }, says: 'less than 30 s ago' },
    { title: 'unconfirmed', missing: false, says: 'did not confirm' },
  ])('is said: $title', ({ says, ...seen }) => {
    const input = inputOf(seen);

    expect(missingMessage(entryOf(input), absencesOf(input).get(anId(1)), input)).toContain(says);
  });

  test.each([
    {
      title: 'that it is shown, if it is',
      unreadable: true as const,
      says: 'the listing shows it, but it cannot be read',
    },
    { title: 'nothing of others', says: 'it is not listed' },
  ])('says of an application in a listing with unreadable ones $title', ({ says, ...seen }) => {
    const input = inputOf({ missing: false, stable: false, unreadable: true });
    const others = [{ id: anId(2), where: anId(2), problem: '"name" is null' }];
    const given = 'unreadable' in seen ? input : { ...input, live: { ...input.live, unreadable: others } };

    expect(missingMessage(entryOf(input), 'unconfirmed', given)).toContain(says);
  });

  test('the settle time is a second at least', () => {
    expect([0, 1, 30].map((settleSeconds) => settleMsOf({ ...defaultPolicy, creates: { settleSeconds } }))).toEqual([
      1000, 1000, 30_000,
    ]);
  });
});

test('what has vanished is counted without what is young, and by what manifests mean', () => {
  const entries = [
    anEntry({ id: anId(1) }),
    anEntry({ id: anId(2), missingAt: now - settleMs }),
    anEntry({ id: anId(3) }),
    anEntry({ id: anId(4), boundAt: now }),
    anEntry({ id: anId(5) }),
    anEntry({ id: anId(6) }),
  ];
  const input: AbsenceInput = {
    live: aLiveState({
      applications: [anApplication({ id: anId(1) })],
      missing: [2, 3, 4, 6].map(anId),
      unconfirmed: [anId(5)],
    }),
    owned: aLedger({ entries }),
    policy: defaultPolicy,
    now,
    listedAt: now,
  };

  expect(vanishedOf(absencesOf(input), new Set([1, 2, 3, 4, 5].map(anId)), input)).toStrictEqual({
    meant: 4,
    missing: 2,
    unconfirmed: 1,
    known: 5,
    live: 1,
  });
});
