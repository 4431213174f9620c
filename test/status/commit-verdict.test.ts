import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { ApplyResult } from '../../src/core/plan/report.ts';
import { countApplied } from '../../src/core/render/report.ts';
import type { PassFailed } from '../../src/pass/event.ts';
import type { PassEnd } from '../../src/pass/pass.ts';
import {
  type CommitVerdict,
  verdictOfFailure,
  verdictOfPass,
  verdictOfRefusal,
  verdictOfSame,
  verdictOfSource,
} from '../../src/status/commit-verdict.ts';
import { anId, anObjectId } from '../builders.ts';
import { aDelete, anUpdate, aPlan, aProblem, aSkip, ended } from '../daemon/builders.ts';

const applied: ApplyResult = {
  outcome: 'applied',
  id: anId(1),
  normalised: [],
  leftOut: [],
  change: anUpdate(),
  durationMs: 1,
};
const failed: ApplyResult = { outcome: 'failed', error: new Error('no'), change: anUpdate(), durationMs: 1 };
const hash = 'a1'.repeat(32);

function verdict(end: Partial<PassEnd>, { failures = 0, isFirst = true } = {}): string {
  const { results = [] } = end;
  const known = { account: 'main', failures, isFirst, applied: countApplied(results) };
  const { state, description } = verdictOfPass(ended(end), known);
  return `${state}: ${description}`;
}

describe('a pass that did all that the commit asks for is a success', () => {
  test.each([
    ['nothing was to be done', {}, 'no change for main'],
    ['something was', { results: [applied] }, 'applied: 1 updated'],
    [
      'drift is only reported',
      { plan: aPlan({ skips: [aSkip({ reason: 'kept', change: anUpdate('Support', { reason: 'drift' }) })] }) },
      'no change for main',
    ],
    [
      'changes are only planned, as configured',
      { plan: aPlan({ skips: [aSkip({ reason: 'kept', change: anUpdate() })] }) },
      'no change for main; 1 kept as configured',
    ],
    [
      'an application stays, as its policy says',
      { plan: aPlan({ skips: [aSkip({ reason: 'kept' })] }) },
      'no change for main',
    ],
    [
      'a manifest says that it is paused',
      { plan: aPlan({ skips: [aSkip({ reason: 'paused' })] }) },
      'no change for main',
    ],
  ] as [string, Partial<PassEnd>, string][])('%s', (_title, end, description) => {
    expect(verdict(end)).toBe(`success: ${description}`);
  });

  test('also when an earlier pass over the commit did it', () => {
    expect(verdict({}, { isFirst: false })).toBe('success: in sync');
  });
});

describe('what takes a person is a failure', () => {
  const blocked = aSkip({ reason: 'blocked', guard: 'deletes-max', change: aDelete() });
  const guards = [{ guard: 'deletes-max' as const, message: 'too many', blocked: 2 }];
  const waiting = aSkip({ reason: 'waiting', change: anUpdate() });
  test.each([
    ['invalid manifests', { problems: [aProblem, aProblem] }, '2 errors in manifests'],
    ['blocked changes', { skips: [blocked, blocked], guards }, '2 changes blocked by deletes-max'],
    ['a blocked change without a line of its guard', { skips: [blocked] }, '1 change blocked by a guard'],
    ['a conflict', { skips: [aSkip({ reason: 'conflict' })] }, '1 conflict'],
    ['what is held', { skips: [aSkip({ reason: 'held' })] }, '1 held'],
    [
      'what is held by an invalid manifest, and a conflict',
      { problems: [aProblem], skips: [aSkip({ reason: 'held' }), aSkip({ reason: 'conflict' })] },
      '1 error in manifests, 1 conflict',
    ],
    [
      'blocked changes beside others that wait: the hash comes first',
      { skips: [blocked, waiting], guards, planHash: hash },
      `plan ${hash} waits for approval (1 change), 1 change blocked by deletes-max`,
    ],
    [
      'a commit that cannot be read',
      { unread: { id: anObjectId('b'), author: 'Ann', subject: 'Move', at: 0 }, problems: [aProblem] },
      'cannot be read: what was applied last stays in effect',
    ],
  ] as [string, Parameters<typeof aPlan>[0], string][])('%s', (_title, plan, description) => {
    expect(verdict({ plan: aPlan(plan) })).toBe(`failure: ${description}`);
  });
});

describe('what is not done yet is pending', () => {
  const late = { outcome: 'skipped', reason: 'paused', skip: 'paused', change: anUpdate(), durationMs: 1 } as const;
  test.each([
    [
      'what waits for approval, with the hash to approve',
      { plan: aPlan({ skips: [aSkip({ reason: 'waiting' }), aSkip({ reason: 'waiting' })], planHash: hash }) },
      `plan ${hash} waits for approval (2 changes)`,
    ],
    [
      'what waits for approval of a first run',
      { plan: aPlan({ skips: [aSkip({ reason: 'waiting' })] }) },
      'waits for approval (1 change)',
    ],
    ['a paused account', { mode: 'plan' }, 'account main is paused'],
    [
      'a change that a pause holds back',
      { plan: aPlan({ skips: [aSkip({ reason: 'paused', heldBack: true })] }) },
      '1 change paused',
    ],
    ['a change that was paused meanwhile', { results: [late] }, '1 change paused'],
    ['what is undecided', { plan: aPlan({ skips: [aSkip({ reason: 'undecided' })] }) }, '1 not decided yet'],
    ['what is missing', { plan: aPlan({ skips: [aSkip({ reason: 'missing' })] }) }, '1 not decided yet'],
    ['what was found missing', { results: [{ ...late, skip: 'missing' }] }, '1 not decided yet'],
    ['a change that failed', { results: [failed] }, 'some changes failed, and are tried again'],
    ['a pass that lost its lock', { results: [applied], lockLost: true }, 'some changes failed, and are tried again'],
  ] as [string, Partial<PassEnd>, string][])('%s', (_title, end, description) => {
    expect(verdict(end)).toBe(`pending: ${description}`);
  });
});

test.each([
  [{ results: [failed, failed] }, '2 changes failed'],
  [{ results: [applied, { ...failed, outcome: 'stale', reason: 'changed' }] }, 'partly applied'],
  [{ results: [applied], lockLost: true }, 'partly applied: the lock was lost'],
] as [Partial<PassEnd>, string][])('what failed in three passes is an error: %#', (end, description) => {
  expect(verdict(end, { failures: 3 })).toBe(`error: ${description}`);
});

describe('a pass that could not be made', () => {
  const failedBy = (code: 'E_API_UNREACHABLE' | 'E_SOURCE_PATH' | 'E_SOURCE_TOO_LARGE'): PassFailed => ({
    kind: 'failed',
    at: 2_000,
    pass: 2,
    reasons: ['retry'],
    found: [],
    durationMs: 7,
    error: new ReconcilerError(code, {}),
    pauses: { applications: {} },
  });

  test('is an error after the third', () => {
    expect(verdictOfFailure(failedBy('E_API_UNREACHABLE'), 2)).toBeUndefined();
    expect(verdictOfFailure(failedBy('E_API_UNREACHABLE'), 3)).toEqual({
      state: 'error',
      description: 'not applied: every pass fails (E_API_UNREACHABLE)',
    });
  });

  test.each(['E_SOURCE_PATH', 'E_SOURCE_TOO_LARGE'] as const)('because of the commit is a failure: %s', (code) => {
    expect(verdictOfFailure(failedBy(code), 1)).toEqual({
      state: 'failure',
      description: `the manifests cannot be read (${code})`,
    });
  });
});

test('a refused commit is a failure, with the reason', () => {
  expect(verdictOfRefusal('unknown-signer')).toEqual({ state: 'failure', description: 'refused: unknown-signer' });
  expect(verdictOfRefusal(undefined)).toEqual({ state: 'failure', description: 'refused: malformed' });
});

test('equal manifests have the same verdict, and a success is no change', () => {
  const wrong: CommitVerdict = { state: 'failure', description: '1 conflict' };

  expect(verdictOfSame({ state: 'success', description: 'applied: 1 updated' }, 'main').description).toBe(
    'no change for main',
  );
  expect(verdictOfSame(wrong, 'main')).toBe(wrong);
});

describe('of many accounts', () => {
  const accounts = ['a', 'b', 'c'];
  const all = (verdicts: Readonly<Record<string, CommitVerdict>>) => {
    const { state, description } = verdictOfSource(accounts, (account) => verdicts[account]);
    return `${state}: ${description}`;
  };
  const success: CommitVerdict = { state: 'success', description: 'in sync' };

  test('nothing is decided before each has been passed over', () => {
    expect(all({ a: success, b: { state: 'failure', description: '1 conflict' } })).toBe(
      'pending: applying to 3 accounts',
    );
  });

  test('the worst is told by its name, with counts of all', () => {
    expect(all({ a: success, b: success, c: success })).toBe('success: 3 accounts: 3 success');
    expect(
      all({
        a: success,
        b: { state: 'error', description: '1 change failed' },
        c: { state: 'failure', description: '1 conflict' },
      }),
    ).toBe('failure: 3 accounts: 1 success, 1 failure, 1 error; worst: c (1 conflict)');
    expect(all({ a: success, b: { state: 'pending', description: '1 change paused' }, c: success })).toBe(
      'pending: 3 accounts: 2 success, 1 pending; worst: b (1 change paused)',
    );
  });
});
