import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { Skip } from '../../src/core/plan/plan.ts';
import type { AccountEvent } from '../../src/pass/event.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { accountSchema } from '../../src/status/documents.ts';
import { stateOf, statusAfter } from '../../src/status/status.ts';
import { accountDocument } from '../../src/status/to-document.ts';
import { anId } from '../builders.ts';
import { aDelete, anUpdate, aPlan, aProblem, aSkip, ended, statusOf } from '../daemon/builders.ts';

const drift = anUpdate('Support', { reason: 'drift' });
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

const skips: readonly { readonly title: string; readonly skip: Partial<Skip>; readonly state: string | undefined }[] = [
  { title: 'what is as declared', skip: { reason: 'unchanged' }, state: 'synced' },
  { title: 'what the server rewrites', skip: { reason: 'normalized' }, state: 'synced' },
  { title: 'a conflict', skip: { reason: 'conflict' }, state: 'conflict' },
  { title: 'what a broken manifest holds', skip: { reason: 'held' }, state: 'held' },
  {
    title: 'what a guard blocks',
    skip: { reason: 'blocked', guard: 'deletes-max', change: aDelete() },
    state: 'blocked',
  },
  { title: 'what is paused', skip: { reason: 'paused', change: drift }, state: 'paused' },
  { title: 'drift that is only reported', skip: { reason: 'kept', change: drift }, state: 'drifted' },
  { title: 'a change that is only planned', skip: { reason: 'kept', change: anUpdate() }, state: 'pending' },
  { title: 'what the policy keeps', skip: { reason: 'kept' }, state: 'kept' },
  { title: 'what is protected', skip: { reason: 'protected' }, state: 'protected' },
  { title: 'a create that is not decided', skip: { reason: 'undecided' }, state: 'undecided' },
  { title: 'what nobody declares or owns', skip: { reason: 'unmanaged' }, state: undefined },
];

test.each(skips)('$title is $state', ({ skip, state }) => {
  const status = statusOf(ended({ plan: aPlan({ skips: [aSkip(skip)] }) }));

  expect(status.applications.get('Support')?.state).toBe(state);
});

test.each([
  { outcome: { outcome: 'applied', id: anId(1), normalised: [], leftOut: [] }, state: 'synced' },
  { outcome: { outcome: 'failed', error: new Error('no') }, state: 'failed' },
  { outcome: { outcome: 'unknown', error: new Error('lost') }, state: 'undecided' },
  { outcome: { outcome: 'stale', reason: 'changed meanwhile' }, state: 'pending' },
  { outcome: { outcome: 'skipped', reason: 'stopped' }, state: 'pending' },
  { outcome: { outcome: 'skipped', reason: 'paused until noon', skip: 'paused' }, state: 'paused' },
] as const)(
  'an application whose change ended as $outcome.outcome ($outcome.reason) is $state',
  ({ outcome, state }) => {
    const change = anUpdate();
    const results = [{ ...outcome, change, durationMs: 1 }];

    const status = statusOf(ended({ plan: aPlan({ changes: [change] }), results }));

    expect(status.applications.get('Support')).toMatchObject({ state, lastChange: { outcome: outcome.outcome } });
  },
);

test('a deleted application is no longer listed', () => {
  const change = aDelete();
  const before = ended({ plan: aPlan({ skips: [aSkip()] }) });
  const results = [{ outcome: 'applied', id: anId(1), normalised: [], leftOut: [], change, durationMs: 1 }] as const;

  const status = statusOf(before, ended({ plan: aPlan({ changes: [change] }), results }, 2_000, 2));

  expect([...status.applications]).toEqual([]);
});

test('the worst thing said about an application counts', () => {
  const both = [aSkip({ reason: 'normalized' }), aSkip({ reason: 'blocked', guard: 'fight' })];

  expect(statusOf(ended({ plan: aPlan({ skips: both }) })).applications.get('Support')?.state).toBe('blocked');
});

test.each([
  { now: 31_000, ago: '30 seconds ago (1970-01-01T00:00:01.000Z)' },
  { now: 601_000, ago: '10 minutes ago' },
])('while passes fail it is said how old what is shown is: $ago', ({ now, ago }) => {
  const seen = ended({ plan: aPlan({ skips: [aSkip()] }) });

  expect(conditionsOf(statusOf(seen, failed), now)).toContainEqual(expect.stringContaining(ago));
  expect(conditionsOf(statusOf(seen, failed, ended({}, 4_000, 3)), now)).toEqual([]);
  expect(conditionsOf(statusOf(failed), now)).not.toContainEqual(expect.stringContaining('ago'));
});

test('of two applications with one name each has its state', () => {
  const both = [aSkip({ id: anId(1) }), aSkip({ id: anId(2), reason: 'blocked', guard: 'fight' })];

  const seen = ended({ plan: aPlan({ skips: both }) }, 1_000);
  const { applications } = statusOf(seen, ended({ plan: aPlan({ skips: both }) }, 9_000, 2));

  expect([...applications.values()].map(({ id, state, since }) => [id, state, since])).toEqual([
    [anId(1), 'synced', 1_000],
    [anId(2), 'blocked', 1_000],
  ]);
});

test('a state lasts since it began', () => {
  const same = { plan: aPlan({ skips: [aSkip()] }) };

  expect(statusOf(ended(same, 1_000), ended(same, 9_000, 2)).applications.get('Support')?.since).toBe(1_000);
});

test('a failed pass keeps what is known, and counts until one succeeds', () => {
  const seen = ended({ plan: aPlan({ skips: [aSkip()] }) });

  const down = statusOf(seen, failed, { ...failed, at: 3_000, pass: 3 });
  expect(down).toMatchObject({ failures: 2, lastAttempt: 3_000, lastSuccess: 1_000, ready: true });
  expect(down.applications.size).toBe(1);
  expect(stateOf(down)).toBe('failed');
  expect(conditionsOf(down, 3_000)[0]).toContain('the last 2 passes failed: https://api.nexmo.com cannot be reached');

  expect(statusOf(seen, failed, ended({}, 4_000, 3))).toMatchObject({
    failures: 0,
    error: undefined,
    lastSuccess: 4_000,
  });
});

test.each([
  { title: 'a state directory that moved', error: new ReconcilerError('E_LOCK_LOST', { moved: true }), ready: false },
  { title: 'a state that is missing', error: new ReconcilerError('E_STATE_MISSING', {}), ready: false },
  { title: 'a lock that was taken over', error: new ReconcilerError('E_LOCK_LOST', { moved: false }), ready: true },
])('after $title readiness is $ready, and true again after the next pass', ({ error, ready }) => {
  const lost = statusOf(ended({}, 1_000, 1), { ...failed, error });

  expect(lost.ready).toBe(ready);
  expect(statusAfter(lost, ended({}, 3_000, 3)).ready).toBe(true);
});

const paused = { account: { reason: 'INC-42', since: 0 }, applications: {} };

test.each<{ readonly state: string; readonly events: readonly AccountEvent[] }>([
  { state: 'starting', events: [] },
  { state: 'standby', events: [{ kind: 'standing-by', at: 1, owner: 'process 7' }] },
  {
    state: 'starting',
    events: [
      { kind: 'standing-by', at: 1, owner: 'process 7' },
      { kind: 'leading', at: 2 },
    ],
  },
  { state: 'synced', events: [ended({ plan: aPlan({ skips: [aSkip()] }) })] },
  { state: 'attention', events: [ended({ plan: aPlan({ problems: [aProblem] }) })] },
  { state: 'attention', events: [ended({ plan: aPlan({ skips: [aSkip({ reason: 'conflict' })] }) })] },
  { state: 'paused', events: [ended({ mode: 'plan', pauses: paused, plan: aPlan({ changes: [drift] }) })] },
  { state: 'drifted', events: [ended({ plan: aPlan({ skips: [aSkip({ reason: 'kept', change: drift })] }) })] },
  { state: 'pending', events: [ended({ plan: aPlan({ skips: [aSkip({ reason: 'kept', change: anUpdate() })] }) })] },
])('an account is $state', ({ state, events }) => {
  expect(stateOf(statusOf(...events))).toBe(state);
});

test('a paused account still tells drift', () => {
  const status = statusOf(ended({ mode: 'plan', pauses: paused, plan: aPlan({ changes: [drift] }) }));

  expect(status.drifted).toEqual(['Support']);
  expect(conditionsOf(status, 1_000)).toEqual([
    'the account is paused until resumed: INC-42',
    'changed outside of vonage-gitops: "Support"',
  ]);
});

test('an invalid revision is seen and not enforced', () => {
  const bad = ended({ plan: aPlan({ revision: 'r2', problems: [aProblem] }) }, 2_000, 2);

  expect(statusOf(ended(), bad)).toMatchObject({ revisionSeen: 'r2', revisionEnforced: 'r1' });
  const known = aPlan({ revision: 'r2', problems: [aProblem], enforcedRevision: 'r0' });
  expect(statusOf(ended({ plan: known }))).toMatchObject({ revisionEnforced: 'r0' });
});

test('a revision of which a pause in the middle of a pass held something back is not enforced', () => {
  const change = anUpdate();
  const held = { outcome: 'skipped', reason: 'paused', skip: 'paused', change, durationMs: 1 } as const;
  const paused = ended({ plan: aPlan({ revision: 'r2', changes: [change] }), results: [held] }, 2_000, 2);

  expect(statusOf(ended(), paused)).toMatchObject({ revisionSeen: 'r2', revisionEnforced: 'r1' });
});

test.each([
  {
    title: 'without a valid revision before',
    earlier: [],
    kept: 'their applications are left unchanged and nothing is deleted',
  },
  {
    title: 'after a valid one',
    earlier: [ended()],
    kept: 'the last valid state stays enforced and nothing is deleted; revision r1 was the last valid one',
  },
])('what an invalid revision $title leaves is said', ({ earlier, kept }) => {
  const status = statusOf(...earlier, ended({ plan: aPlan({ revision: 'r2', problems: [aProblem] }) }));

  expect(conditionsOf(status, 1_000)).toContainEqual(
    expect.stringMatching(new RegExp(`^the manifests have 1 error; ${kept}: `)),
  );
});

test('an invalid revision is told with the member that is wrong, and with as much of a commit as people need', () => {
  const problem = { ...aProblem, path: 'metadata.name', message: 'missing' };
  const { file, line, column } = problem.place;
  const status = statusOf(
    ended({ plan: aPlan({ revision: 'a'.repeat(40) }) }),
    ended({ plan: aPlan({ revision: 'b'.repeat(40), problems: [problem] }) }),
  );

  const said = conditionsOf(status, 1_000).join('\n');

  expect(said).toContain('revision aaaaaaaaaaaa was the last valid one');
  expect(said).toContain(`${file}:${line}:${column} metadata.name: missing`);
});

test('listings that are not stable are counted until one is', () => {
  const unstable = { plan: aPlan({ notices: [{ kind: 'unstable-listing', message: 'it changed' }] }) };

  expect(statusOf(ended(unstable), ended(unstable), ended(unstable)).unstableListings).toBe(3);
  expect(statusOf(ended(unstable), ended()).unstableListings).toBe(0);
});

test('a pass that runs for long is mentioned', () => {
  const running = statusOf({ kind: 'began', at: 0, pass: 1, reasons: ['start'] });

  expect(conditionsOf(running, 1_200_000)).toEqual(['the current pass has been running for 20 minutes']);
});

test('a schedule that no listing can keep up with is said until one can', () => {
  const asked = { kind: 'interval', seconds: 5, jitterPercent: 10 } as const;
  const tooFast = { asked, gapMs: 5_000, listingMs: 6_000, restSeconds: 6 };
  const status = statusOf({ kind: 'waiting', at: 0, until: 12_000, tooFast });
  const later = statusAfter(status, { kind: 'waiting', at: 0, until: 5_000, tooFast: undefined });

  expect(conditionsOf(status, 0)).toEqual([expect.stringContaining('the interval of 5 s is too frequent')]);
  expect(conditionsOf(later, 0)).toEqual([]);
  expect(statusAfter(status, { kind: 'stopped', at: 0 }).tooFastSchedule).toBeUndefined();
  expect(statusAfter(status, { kind: 'standing-by', at: 0, owner: 'B' }).tooFastSchedule).toBeUndefined();
});

test.each([
  { title: 'nothing known', status: statusOf() },
  {
    title: 'everything known',
    status: statusOf(
      ended({
        pauses: paused,
        plan: aPlan({
          problems: [aProblem],
          changes: [drift],
          guards: [{ guard: 'moved', message: 'wait', blocked: 1 }],
        }),
      }),
      failed,
    ),
  },
])('the document of an account with $title is as its schema says', ({ status }) => {
  expect(accountSchema.parse(accountDocument(status, 5_000))).toEqual(accountDocument(status, 5_000));
});
