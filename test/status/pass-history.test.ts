import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { PassFailed } from '../../src/pass/event.ts';
import { remindOfPauses } from '../../src/status/log-changes.ts';
import { logPass, PassHistory } from '../../src/status/pass-history.ts';
import { anId, anObjectId } from '../builders.ts';
import { aDelete, aLog, anUpdate, aPlan, aProblem, ended, statusOf } from '../daemon/builders.ts';
import { aStore } from '../daemon/fakes.ts';

const change = anUpdate();
const busy = {
  plan: aPlan({ changes: [change] }),
  results: [{ outcome: 'stale', reason: 'meanwhile', change, durationMs: 1 }],
} as const;
const failed: PassFailed = {
  kind: 'failed',
  at: 5_000,
  pass: 5,
  reasons: ['retry'],
  found: [],
  durationMs: 3,
  error: new ReconcilerError('E_API_UNREACHABLE', { url: 'x', reason: 'y' }),
  pauses: { applications: {} },
};

test('passes that are alike are counted and written together with the next one that is not', async () => {
  const { history, events } = aStore();
  const log = new PassHistory(history);

  for (let pass = 1; pass <= 4; pass += 1) await log.add(ended({}, pass * 1_000, pass));
  await log.add(failed);
  await log.add({ ...failed, at: 6_000, pass: 6 });
  await log.flush();

  expect(events).toMatchObject([
    { event: 'pass', pass: 1, exitCode: 0 },
    { event: 'same', from: 2_000, at: 4_000, passes: 3 },
    { event: 'pass', pass: 5, exitCode: 1, error: { code: 'E_API_UNREACHABLE' } },
    { event: 'same', passes: 1 },
  ]);
});

test('a pass that did something is never folded', async () => {
  const { history, events } = aStore();
  const log = new PassHistory(history);

  await log.add(ended(busy, 1_000, 1));
  await log.add(ended(busy, 2_000, 2));

  expect(events).toHaveLength(2);
  expect(events[0]).toMatchObject({
    results: [{ action: 'update', name: 'Support', id: change.id, outcome: 'stale', message: 'meanwhile' }],
  });
});

test('a delete is recorded with the commit that removed its manifest', async () => {
  const { history, events } = aStore();
  const removedIn = { id: anObjectId('c'), author: 'Ann', subject: 'Retire Support', at: 0 };
  const removal = { ...aDelete(), removedIn };

  await new PassHistory(history).add(
    ended({ results: [{ outcome: 'stale', reason: 'meanwhile', change: removal, durationMs: 1 }] }),
  );

  expect(events).toMatchObject([{ results: [{ action: 'delete', removedIn: { id: removedIn.id, author: 'Ann' } }] }]);
});

test('a pass that found lost creates is never folded', async () => {
  const { history, events } = aStore();
  const log = new PassHistory(history);
  const found = [{ id: anId(1), name: 'Support' }];

  await log.add({ ...ended({}, 1_000, 1), found });
  await log.add({ ...ended({}, 2_000, 2), found });
  await log.add({ ...failed, found });
  await log.add({ ...failed, found });

  expect(events).toHaveLength(4);
  expect(events).toMatchObject([{ found: [{ name: 'Support' }] }, {}, { error: {}, found: [{ id: anId(1) }] }, {}]);
});

test('what is counted but not yet written is read as well', async () => {
  const { history } = aStore();
  const log = new PassHistory(history);
  await log.add(ended({}, 1_000, 1));
  await log.add(ended({}, 2_000, 2));

  expect(await log.read()).toMatchObject([{ event: 'pass' }, { event: 'same', passes: 1 }]);
});

test.each([
  { title: 'that did nothing is one debug line', event: ended(), news: false, levels: ['debug'] },
  { title: 'with changes is one summary', event: ended(busy), news: true, levels: ['info'] },
  { title: 'that failed is an error', event: failed, news: false, levels: ['error'] },
  { title: 'that found something new and in order is one info line', event: ended(), news: true, levels: ['info'] },
  {
    title: 'with a problem that is new names it once',
    event: ended({ plan: aPlan({ problems: [aProblem] }) }),
    news: true,
    levels: ['warn', 'warn'],
  },
  {
    title: 'with a problem that is known is one debug line',
    event: ended({ plan: aPlan({ problems: [aProblem] }) }),
    news: false,
    levels: ['debug'],
  },
])('a pass $title', ({ event, news, levels }) => {
  const log = aLog();

  logPass(log, event, news);

  expect(log.lines.map(({ level }) => level)).toEqual(levels);
});

test('of a pass over broken manifests the line says what is in force instead', () => {
  const log = aLog();

  logPass(log, ended({ plan: aPlan({ problems: [aProblem], enforcedRevision: 'r0' }) }), true);

  expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { revision: 'r1', problems: 1, lastValid: 'r0' } });
});

test('a pause is mentioned when it begins and every hour, and again after the next one begins', () => {
  const log = aLog();
  const pauses = {
    account: { reason: 'INC-42', since: 0 },
    applications: { Support: { reason: '', since: 0, until: 99 } },
  };
  const paused = statusOf(ended({ pauses }));
  const hour = 3_600_000;

  let last = remindOfPauses(log, paused, 0, 10 * hour);
  last = remindOfPauses(log, paused, last, 10 * hour + 1);
  expect(log.lines).toMatchObject([
    { level: 'warn', fields: { pause: 'paused until resumed: INC-42' } },
    { level: 'warn', fields: { application: 'Support', pause: 'paused until 1970-01-01T00:00:00.099Z' } },
  ]);
  last = remindOfPauses(log, paused, last, 11 * hour);
  expect(log.lines).toHaveLength(4);

  last = remindOfPauses(log, statusOf(ended()), last, 11 * hour + 1);
  remindOfPauses(log, paused, last, 11 * hour + 2);
  expect(log.lines).toHaveLength(6);
});

test('passes over the same manifests are alike, whatever the commit; a commit is told in history and log', async () => {
  const { history, events } = aStore();
  const log = new PassHistory(history);
  const at = (digits: string, content: string) => {
    const commit = { id: anObjectId(digits), author: 'Ann', subject: 'Retire IVR', at: 0 };
    return aPlan({ revision: commit.id, content, commit });
  };

  await log.add(ended({ plan: at('a', 'one') }, 1_000, 1));
  await log.add(ended({ plan: at('b', 'one') }, 2_000, 2));
  await log.add(ended({ plan: at('c', 'two') }, 3_000, 3));
  const lines = aLog();
  logPass(lines, ended({ plan: at('a', 'one') }, 1_000, 1), true);

  expect(events).toMatchObject([
    { event: 'pass', revision: anObjectId('a'), commit: { id: anObjectId('a'), author: 'Ann', subject: 'Retire IVR' } },
    { event: 'same', passes: 1 },
    { event: 'pass', revision: anObjectId('c') },
  ]);
  expect(lines.lines[0]).toMatchObject({ fields: { commit: 'aaaaaaaaaaaa by Ann (unverified): "Retire IVR"' } });
});
