import { describe, expect, test } from 'vitest';
import {
  isReached,
  type SourceCheck,
  type SourceNews,
  type SourceStatus,
  sourceNews,
  sourceStatusAfter,
} from '../../../src/core/git/source-status.ts';
import { anObjectId } from '../../builders.ts';

const of = { name: 'voice', repository: 'git.example.com/acme/voice', ref: 'branch main' };
const hour = 3_600_000;

function aCommit(digits: string) {
  return { id: anObjectId(digits), author: 'Ann', subject: 'Retire IVR', at: 0 };
}

function aCheck(given: Partial<SourceCheck> = {}): SourceCheck {
  return { state: 'ok', message: 'a sentence', said: '', accepted: aCommit('a'), isNews: false, ...given };
}

const refused = aCheck({ state: 'refused', refusal: 'unsigned', tip: aCommit('b') });

/** The status after these checks, a minute apart. */
function statusAfter(...checks: readonly SourceCheck[]): SourceStatus {
  const statuses = statusesAfter(checks);
  const last = statuses.at(-1);
  if (last === undefined) throw new Error('no check');
  return last;
}

function statusesAfter(checks: readonly SourceCheck[]): readonly SourceStatus[] {
  const statuses: SourceStatus[] = [];
  for (const [index, check] of checks.entries())
    statuses.push(sourceStatusAfter(statuses.at(-1), check, of, index * 60_000));
  return statuses;
}

/** What is told of these checks, one after another. */
function newsOf(...checks: readonly SourceCheck[]): readonly (SourceNews | undefined)[] {
  let told: SourceNews | undefined;
  let before: SourceStatus | undefined;
  return statusesAfter(checks).map((after) => {
    const news = sourceNews(told, before, after, hour);
    told = news ?? told;
    before = after;
    return news;
  });
}

describe('the status of a source', () => {
  test('has what it is of, when it was asked, and since when it is so', () => {
    expect(statusAfter(aCheck(), aCheck())).toEqual({
      ...of,
      state: 'ok',
      message: 'a sentence',
      accepted: aCommit('a'),
      since: 0,
      askedAt: 60_000,
      okAt: 60_000,
    });
  });

  test('a server that is away has been since it went, and when it was last there stays known', () => {
    const away = aCheck({ state: 'unreachable' });

    expect(statusAfter(aCheck(), away, away)).toMatchObject({ since: 60_000, askedAt: 120_000, okAt: 0 });
    expect(statusAfter(away)).toMatchObject({ since: 0, okAt: undefined });
  });

  test.each([
    { title: 'another commit', other: { ...refused, tip: aCommit('c') } },
    { title: 'another reason', other: { ...refused, refusal: 'bad-signature' as const } },
  ])('$title that is refused is a state of its own', ({ other }) => {
    expect(statusAfter(refused, refused).since).toBe(0);
    expect(statusAfter(refused, other).since).toBe(60_000);
  });

  test.each([
    ['ok', true],
    ['refused', true],
    ['path-missing', true],
    ['unauthorized', false],
  ] as const)('with %s the server answered as it should: %s', (state, expected) => {
    expect(isReached(state)).toBe(expected);
  });
});

describe('what is told of a source', () => {
  test('nothing while all is well', () => {
    expect(newsOf(aCheck(), aCheck({ isNews: true }))).toEqual([undefined, undefined]);
  });

  test('what somebody has to mend at once, each state once, and that it is over', () => {
    const [denied, moved] = [aCheck({ state: 'unauthorized' }), aCheck({ state: 'moved' })];

    expect(newsOf(aCheck(), denied, denied, moved, aCheck(), aCheck())).toEqual([
      undefined,
      'source-failed',
      undefined,
      'source-failed',
      'source-recovered',
      undefined,
    ]);
  });

  test.each(['unreachable', 'timeout', 'locked'] as const)('%s when it lasts, once', (state) => {
    const away = Array.from({ length: 62 }, () => aCheck({ state }));

    const told = newsOf(aCheck(), ...away, aCheck());

    expect(told.flatMap((news, minute) => (news === undefined ? [] : [[minute, news]]))).toEqual([
      [60, 'source-failed'],
      [63, 'source-recovered'],
    ]);
  });

  test('a server that was never there, when that has lasted', () => {
    const away = Array.from({ length: 61 }, () => aCheck({ state: 'unreachable' }));

    expect(newsOf(...away).findIndex((news) => news !== undefined)).toBe(60);
  });

  test('each refused commit, and each reason, once', () => {
    expect(newsOf(refused, refused, { ...refused, tip: aCommit('c') }, aCheck())).toEqual([
      'source-refused',
      undefined,
      'source-refused',
      'source-recovered',
    ]);
    expect(newsOf(refused, { ...refused, refusal: 'bad-signature' }, aCheck({ state: 'moved' }), refused)).toEqual([
      'source-refused',
      'source-refused',
      'source-failed',
      'source-refused',
    ]);
  });
});
