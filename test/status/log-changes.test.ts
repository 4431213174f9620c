import { expect, test } from 'vitest';
import type { Pauses } from '../../src/pass/pauses.ts';
import { logChanges } from '../../src/status/log-changes.ts';
import { type AccountStatus, statusAfter } from '../../src/status/status.ts';
import { aLog, anUpdate, aPlan, aProblem, aSkip, ended, statusOf } from '../daemon/builders.ts';

const inSync = ended({ plan: aPlan({ skips: [aSkip()] }) }, 1_000, 1);
const conflict = aSkip({ reason: 'conflict', message: 'looks like a rename of "Old"' });

/** What the log is told when the account goes from one event to the next. */
function told(before: AccountStatus, event: Parameters<typeof statusAfter>[1]) {
  const log = aLog();
  logChanges(log, event, before, statusAfter(before, event));
  return log.lines;
}

test.each([
  {
    title: 'an application that needs a person is a warning with the reason',
    event: ended({ plan: aPlan({ skips: [conflict] }) }, 2_000, 2),
    expected: [
      {
        level: 'warn',
        message: 'application state changed',
        fields: { application: 'Support', was: 'synced', state: 'conflict', why: 'looks like a rename of "Old"' },
      },
    ],
  },
  {
    title: 'an application that lost its manifest and is kept is told',
    event: ended({ plan: aPlan({ skips: [aSkip({ reason: 'kept', message: 'policy upsert' })] }) }, 2_000, 2),
    expected: [
      { level: 'info', fields: { application: 'Support', was: 'synced', state: 'kept', why: 'policy upsert' } },
    ],
  },
  { title: 'the same state again is nothing', event: { ...inSync, at: 2_000, pass: 2 }, expected: [] },
  {
    title: 'the beginning of a pass is nothing',
    event: { kind: 'began', at: 2_000, pass: 2, reasons: [] },
    expected: [],
  },
] as const)('$title', ({ event, expected }) => {
  expect(told(statusOf(inSync), event)).toMatchObject(expected);
});

test('an application in order again is told', () => {
  const before = statusOf(ended({ plan: aPlan({ skips: [conflict] }) }, 1_000, 1));

  expect(told(before, { ...inSync, at: 2_000, pass: 2 })).toMatchObject([
    { level: 'info', fields: { application: 'Support', was: 'conflict', state: 'synced' } },
  ]);
});

test('what a change came to is told by the line of the change, not twice', () => {
  const change = anUpdate();
  const result = { outcome: 'failed', change, durationMs: 1, error: new Error('no') } as const;
  const event = ended({ plan: aPlan({ changes: [change] }), results: [result] }, 2_000, 2);

  expect(told(statusOf(inSync), event)).toEqual([]);
});

test('fixed manifests are told with their revision', () => {
  const before = statusOf(ended({ plan: aPlan({ problems: [aProblem] }) }, 1_000, 1));

  expect(told(before, ended({ plan: aPlan({ revision: 'r2' }) }, 2_000, 2))).toMatchObject([
    { level: 'info', message: 'manifests valid again', fields: { revision: 'r2' } },
  ]);
});

test('the end of a pause is told, of the account and of an application', () => {
  const pause = { reason: '', since: 0 };
  const paused: Pauses = { account: pause, applications: { Support: pause, Sales: pause } };
  const before = statusOf(ended({ pauses: paused }, 1_000, 1));

  expect(told(before, ended({ pauses: { applications: { Sales: pause } } }, 2_000, 2))).toMatchObject([
    { message: 'account is resumed' },
    { message: 'application is resumed', fields: { application: 'Support' } },
  ]);
});

test('a daemon that stood by says when it takes over', () => {
  const before = statusOf({ kind: 'standing-by', at: 1_000, owner: 'process 7' });

  expect(told(before, { kind: 'leading', at: 2_000 })).toMatchObject([
    { level: 'info', message: 'taken over', fields: { owner: 'process 7' } },
  ]);
});

test('a thousand applications that move at once are no thousand lines', () => {
  const skips = Array.from({ length: 1_000 }, (_, index) => aSkip({ name: `Line ${index}`, reason: 'held' }));

  const lines = told(statusOf(), ended({ plan: aPlan({ skips }) }));

  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toMatchObject({ fields: { applications: 980 } });
});

test('a throttled schedule is a warning once, and its return is told', () => {
  const tooFast = {
    asked: { kind: 'interval', seconds: 5, jitterPercent: 10 },
    gapMs: 5_000,
    listingMs: 6_000,
    restSeconds: 6,
  } as const;
  const waiting = { kind: 'waiting', at: 2_000, until: 14_000, tooFast } as const;
  const before = statusOf(inSync);
  const after = statusAfter(before, waiting);

  expect(told(before, waiting)).toMatchObject([
    {
      level: 'warn',
      message: 'schedule too frequent, backing off',
      fields: { why: expect.stringContaining('a listing takes 6.0 s') },
    },
  ]);
  expect(told(after, waiting)).toEqual([]);
  expect(told(after, { ...waiting, tooFast: undefined })).toMatchObject([
    { level: 'info', message: 'schedule is followed again' },
  ]);
});

test('a clock that differs from that of the API is a warning once, and that it agrees again is told', () => {
  const skewed = (at: number, message: string) =>
    ended({ plan: aPlan({ skips: [aSkip()], notices: [{ kind: 'clock-skew', message }] }) }, at, 2);
  const before = statusOf(inSync);
  const after = statusAfter(before, skewed(2_000, 'an hour ahead'));

  expect(told(before, skewed(2_000, 'an hour ahead'))).toEqual([
    { level: 'warn', message: "clock differs from the API's clock", fields: { why: 'an hour ahead' } },
  ]);
  expect(told(after, skewed(3_000, 'an hour and a second ahead'))).toEqual([]);
  expect(told(after, { ...inSync, at: 3_000, pass: 3 })).toMatchObject([
    { level: 'info', message: "clock matches the API's clock again" },
  ]);
});
