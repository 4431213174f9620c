import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { AccountEvent } from '../../src/pass/event.ts';
import { statusAfter } from '../../src/status/status.ts';
import { isNews, transitionsOf } from '../../src/status/transitions.ts';
import { anId } from '../builders.ts';
import { aCreate, anAdopt } from '../core/render/a-plan.ts';
import { aDelete, anUpdate, aPlan, aProblem, aSkip, ended, statusOf } from '../daemon/builders.ts';

const synced = ended({ plan: aPlan({ skips: [aSkip()] }) });
const drift = anUpdate('Support', { reason: 'drift' });
const applied = { outcome: 'applied', id: anId(1), normalised: [], leftOut: [], durationMs: 1 } as const;
const drifted = ended({ plan: aPlan({ skips: [aSkip({ reason: 'kept', change: drift })] }) });
const invalid = ended({ plan: aPlan({ revision: 'r2', skips: [aSkip()], problems: [aProblem] }) });
const blocked = ended({ plan: aPlan({ guards: [{ guard: 'deletes-max', message: '7 of 9', blocked: 7 }] }) });
const failedChange = ended({
  plan: aPlan({ changes: [drift] }),
  results: [{ outcome: 'failed', error: new Error('no'), change: drift, durationMs: 1 }],
});
const failed: AccountEvent = {
  kind: 'failed',
  at: 2_000,
  pass: 2,
  reasons: ['retry'],
  found: [],
  durationMs: 7,
  error: new ReconcilerError('E_API_UNREACHABLE', { url: 'https://api.nexmo.com', reason: 'ECONNREFUSED' }),
  pauses: { applications: {} },
};

const recreate = aCreate({ reason: 'deleted outside', replaces: anId(7) });

const cases: readonly {
  readonly title: string;
  readonly before: readonly AccountEvent[];
  readonly event: AccountEvent;
  readonly told: readonly string[];
}[] = [
  { title: 'a first pass that finds everything in order', before: [], event: synced, told: [] },
  { title: 'the same once more', before: [synced], event: synced, told: [] },
  { title: 'drift', before: [synced], event: drifted, told: ['drifted'] },
  { title: 'the same drift once more', before: [drifted], event: drifted, told: [] },
  { title: 'drift that is gone', before: [drifted], event: synced, told: ['synced'] },
  { title: 'a failed pass', before: [synced], event: failed, told: ['failed'] },
  { title: 'the same failure once more', before: [failed], event: failed, told: [] },
  { title: 'health after failures', before: [synced, failed], event: synced, told: ['recovered', 'synced'] },
  { title: 'a change that failed, of drift', before: [synced], event: failedChange, told: ['failed', 'drifted'] },
  { title: 'an invalid revision', before: [synced], event: invalid, told: ['invalid-revision'] },
  { title: 'the same invalid revision once more', before: [invalid], event: invalid, told: [] },
  { title: 'a guard that blocks', before: [synced], event: blocked, told: ['blocked'] },
  { title: 'the same guard once more', before: [blocked], event: blocked, told: [] },
  {
    title: 'a conflict',
    before: [synced],
    event: ended({ plan: aPlan({ skips: [aSkip({ reason: 'conflict' })] }) }),
    told: ['blocked'],
  },
  {
    title: 'a delete',
    before: [synced],
    event: ended({ plan: aPlan({ changes: [aDelete()] }), results: [{ ...applied, change: aDelete() }] }),
    told: ['deleted'],
  },
  {
    title: 'an application that was created again',
    before: [synced],
    event: ended({ plan: aPlan(), results: [{ ...applied, change: recreate }] }),
    told: ['recreated'],
  },
  {
    title: 'an adoption in place of an application that is gone',
    before: [synced],
    event: ended({ plan: aPlan(), results: [{ ...applied, change: anAdopt({ replaces: anId(8) }) }] }),
    told: ['recreated'],
  },
  {
    title: 'an application that was created for the first time',
    before: [synced],
    event: ended({ plan: aPlan(), results: [{ ...applied, change: aCreate() }] }),
    told: [],
  },
  { title: 'the beginning of a pass', before: [], event: { kind: 'began', at: 0, pass: 1, reasons: [] }, told: [] },
];

test.each(cases)('$title tells $told', ({ before, event, told }) => {
  const was = statusOf(...before);

  const transitions = transitionsOf(event, was, statusAfter(was, event));

  expect(transitions.map((transition) => transition.event)).toEqual(told);
});

test('a long list of names is cut', () => {
  const skips = Array.from({ length: 12 }, (_, index) => {
    const name = `Application ${index}`;
    return aSkip({ name, reason: 'kept', change: anUpdate(name, { reason: 'drift' }) });
  });
  const event = ended({ plan: aPlan({ skips }) });

  const [transition] = transitionsOf(event, statusOf(), statusAfter(statusOf(), event));

  expect(transition?.message).toContain('and 2 more');
  expect(transition?.applications).toHaveLength(12);
});

test.each([
  { title: 'nothing new is no news', before: synced, after: synced, news: false },
  { title: 'a new problem is news', before: synced, after: invalid, news: true },
  { title: 'a problem that goes is news for what it held only', before: invalid, after: synced, news: false },
  { title: 'drift is news', before: synced, after: drifted, news: true },
])('$title', ({ before, after, news }) => {
  expect(isNews(statusOf(before), statusOf(before, after))).toBe(news);
});
