import { describe, expect, test } from 'vitest';
import { exitCodes, heldBackCode, planCode, reportCode, reportResult, worstCode } from '../../src/core/exit-codes.ts';
import type { Plan, SkipReason } from '../../src/core/plan/plan.ts';
import type { ApplyResult } from '../../src/core/plan/report.ts';
import { aManifest, anId } from '../builders.ts';
import { planOf } from './plan-of.ts';

const quiet = planOf({});
const withCreate = planOf({ manifests: [aManifest()] });
const place = { file: 'a.yaml', line: 1, column: 1 };

function withSkip(plan: Plan, reason: SkipReason): Plan {
  return { ...plan, skips: [{ reason, name: 'Support', message: 'a message' }] };
}

function withProblem(plan: Plan, severity: 'error' | 'warning'): Plan {
  return { ...plan, problems: [{ severity, place, path: 'spec', message: 'a message' }] };
}

function resultsOf(...outcomes: readonly ApplyResult['outcome'][]): readonly ApplyResult[] {
  const [change] = withCreate.changes;
  if (change === undefined) throw new Error('no change');
  return outcomes.map((outcome): ApplyResult => {
    const common = { change, durationMs: 1 };
    if (outcome === 'applied') return { ...common, outcome, id: anId(1), normalised: [], leftOut: [] };
    if (outcome === 'failed' || outcome === 'unknown') return { ...common, outcome, error: new Error('a reason') };
    return { ...common, outcome, reason: 'a reason' };
  });
}

const [skipped] = resultsOf('skipped');
if (skipped?.outcome !== 'skipped') throw new Error('no result');
const heldBack = { reason: 'paused', name: 'A', message: '', heldBack: true } as const;
const paused: ApplyResult = { ...skipped, skip: 'paused' };

test('exit codes are what scripts rely on', () => {
  expect(exitCodes).toEqual({
    done: 0,
    error: 1,
    changes: 2,
    attention: 3,
    partly: 4,
    invalid: 5,
    locked: 6,
    interrupted: 130,
  });
});

describe('of several codes', () => {
  test.each([
    { codes: [], expected: 0 },
    { codes: [0, 0], expected: 0 },
    { codes: [0, 2], expected: 2 },
    { codes: [2, 3, 0], expected: 3 },
    { codes: [3, 1, 2], expected: 1 },
    { codes: [1, 4, 3], expected: 4 },
    { codes: [4, 5, 1], expected: 5 },
    { codes: [5, 6, 4], expected: 6 },
    { codes: [130], expected: 130 },
    { codes: [0, 130, 2, 3], expected: 130 },
    { codes: [130, 1], expected: 1 },
  ])('$codes gives $expected', ({ codes, expected }) => {
    expect(worstCode(codes)).toBe(expected);
  });
});

test.each([[7], [141], [143], [-1], [Number.NaN]])(
  'a code %d that is not in the table never becomes success',
  (code) => {
    expect(worstCode([code])).toBe(1);
    expect(worstCode([0, code, 130])).toBe(1);
    expect(worstCode([4, code])).toBe(4);
  },
);

describe('the code of a plan', () => {
  test.each([
    { title: 'nothing to do', plan: quiet, plain: 0, detailed: 0 },
    { title: 'a change', plan: withCreate, plain: 0, detailed: 2 },
    { title: 'a warning', plan: withProblem(quiet, 'warning'), plain: 0, detailed: 0 },
    { title: 'a broken manifest', plan: withProblem(withCreate, 'error'), plain: 5, detailed: 5 },
    { title: 'a block beside a change', plan: withSkip(withCreate, 'blocked'), plain: 3, detailed: 3 },
  ])('with $title is $plain, or $detailed when asked for', ({ plan, plain, detailed }) => {
    expect(planCode(plan, false)).toBe(plain);
    expect(planCode(plan, true)).toBe(detailed);
  });

  test.each([
    { reason: 'unchanged', expected: 0 },
    { reason: 'unmanaged', expected: 0 },
    { reason: 'paused', expected: 0 },
    { reason: 'protected', expected: 0 },
    { reason: 'kept', expected: 0 },
    { reason: 'normalized', expected: 0 },
    { reason: 'not-selected', expected: 0 },
    { reason: 'conflict', expected: 3 },
    { reason: 'held', expected: 3 },
    { reason: 'blocked', expected: 3 },
    { reason: 'undecided', expected: 3 },
  ] as const)('that leaves something alone as $reason is $expected', ({ reason, expected }) => {
    expect(planCode(withSkip(quiet, reason), false)).toBe(expected);
  });
});

describe('the code of a pass', () => {
  test.each([
    { title: 'nothing to do', plan: quiet, results: resultsOf(), expected: 0 },
    { title: 'all applied', plan: withCreate, results: resultsOf('applied', 'applied'), expected: 0 },
    {
      title: 'all applied beside a block',
      plan: withSkip(withCreate, 'blocked'),
      results: resultsOf('applied'),
      expected: 3,
    },
    {
      title: 'all applied beside a warning',
      plan: withProblem(quiet, 'warning'),
      results: resultsOf('applied'),
      expected: 0,
    },
    {
      title: 'all applied beside a broken manifest',
      plan: withProblem(quiet, 'error'),
      results: resultsOf('applied'),
      expected: 3,
    },
    { title: 'one of two failed', plan: withCreate, results: resultsOf('applied', 'failed'), expected: 4 },
    { title: 'one of two stale', plan: withCreate, results: resultsOf('stale', 'applied'), expected: 4 },
    { title: 'one of two skipped', plan: withCreate, results: resultsOf('skipped', 'applied'), expected: 4 },
    { title: 'one that may have worked', plan: withCreate, results: resultsOf('unknown'), expected: 4 },
    { title: 'all failed', plan: withCreate, results: resultsOf('failed', 'failed'), expected: 1 },
    {
      title: 'all failed beside a block',
      plan: withSkip(withCreate, 'blocked'),
      results: resultsOf('failed'),
      expected: 1,
    },
    { title: 'all stale', plan: withCreate, results: resultsOf('stale', 'skipped'), expected: 1 },
    { title: 'one of two paused meanwhile', plan: withCreate, results: [...resultsOf('applied'), paused], expected: 3 },
    { title: 'all paused meanwhile', plan: withCreate, results: [paused], expected: 3 },
    { title: 'a manifest that is paused', plan: withSkip(quiet, 'paused'), results: [], expected: 0 },
    {
      title: 'a change held back by a pause',
      plan: { ...quiet, skips: [heldBack] },
      results: [],
      expected: 3,
    },
    { title: 'one paused and one failed', plan: withCreate, results: [paused, ...resultsOf('failed')], expected: 1 },
  ])('with $title is $expected', ({ plan, results, expected }) => {
    expect(reportCode(plan, results)).toBe(expected);
  });
});

describe('how a pass ended, in a word', () => {
  const missing: ApplyResult = { ...skipped, skip: 'missing' };
  const twin: Plan = { ...quiet, notices: [{ kind: 'twin', message: 'a message' }] };
  const uncounted: Plan = { ...quiet, notices: [{ kind: 'uncounted-listing', message: 'a message' }] };

  test.each<{
    readonly title: string;
    readonly plan?: Plan;
    readonly results: readonly ApplyResult[];
    readonly is: string;
  }>([
    { title: 'nothing to do', results: [], is: 'succeeded' },
    { title: 'all applied', results: resultsOf('applied', 'applied'), is: 'succeeded' },
    { title: 'a pause held something back', results: [paused], is: 'succeeded' },
    {
      title: 'a pause held something back beside what was applied',
      results: [...resultsOf('applied'), paused],
      is: 'succeeded',
    },
    { title: 'something is missing by now', results: [missing, ...resultsOf('applied')], is: 'attention' },
    { title: 'two applications look like one', plan: twin, results: [], is: 'attention' },
    { title: 'something is only to be known', plan: uncounted, results: [], is: 'succeeded' },
    { title: 'stopped before anything began', results: [skipped], is: 'failed' },
    { title: 'stopped before anything began, beside a pause', results: [skipped, paused], is: 'failed' },
    { title: 'stopped after something was applied', results: [...resultsOf('applied'), skipped], is: 'partly' },
    { title: 'nothing but failures', results: resultsOf('failed', 'stale'), is: 'failed' },
    { title: 'a failure beside what may have been made', results: resultsOf('failed', 'unknown'), is: 'partly' },
  ])('$title: $is', ({ plan = quiet, results, is }) => {
    expect(reportResult(plan, results)).toBe(is);
  });

  test.each([
    { title: 'a failure is no pause', results: resultsOf('failed'), code: 1 },
    { title: 'what was skipped at the end is no pause', results: [skipped], code: 1 },
    { title: 'what was not found is no pause', results: [missing], code: 0 },
    { title: 'a pause needs to be known', results: [paused], code: 3 },
    { title: 'a pause before the pass, too', plan: { ...quiet, skips: [heldBack] }, results: [], code: 3 },
    {
      title: 'another skip does not',
      plan: withSkip(quiet, 'paused'),
      results: [],
      code: 0,
    },
  ])('and its code: $title', ({ plan = quiet, results, code }) => {
    const result = code === 1 ? 'failed' : 'succeeded';

    expect(heldBackCode(result, plan, results)).toBe(code);
  });
});
