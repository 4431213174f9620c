import { expect, onTestFinished, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { SourceCheck, SourceNews, SourceStatus } from '../../src/core/git/source-status.ts';
import { SourceLoop, type SourceLoopOptions } from '../../src/daemon/source-loop.ts';
import { anObjectId } from '../builders.ts';
import { aLog } from './builders.ts';
import { ManualClock } from './manual-clock.ts';

const second = 1_000;
const commit = { id: anObjectId('a'), author: 'Ann', subject: 'Retire IVR', at: 0 };
const ok: SourceCheck = { state: 'ok', message: 'all is well', said: '', accepted: commit, isNews: false };
const away: SourceCheck = { ...ok, state: 'unreachable', message: 'it is away', said: 'fatal: no route' };

/** A loop that runs until the test ends; each check is answered by the next of these, the last one again and again. */
function following(answers: readonly (SourceCheck | Error)[], given: Partial<SourceLoopOptions> = {}) {
  const clock = new ManualClock();
  const log = aLog();
  const told: [SourceStatus['state'], SourceNews | undefined][] = [];
  const stop = new AbortController();
  let checks = 0;
  const check = async () => {
    const answer = answers[Math.min(checks, answers.length - 1)];
    checks += 1;
    if (answer === undefined || answer instanceof Error) throw answer;
    return answer;
  };
  const of = { name: 'voice', repository: 'git.example.com/acme/voice', ref: 'branch main' };
  const loop = new SourceLoop({
    spec: { ...of, intervalSeconds: 60, jitterPercent: 0, staleAfterMs: 3_600_000, check },
    clock,
    random: () => 0.5,
    log,
    isNeeded: () => true,
    tell: ({ state }, news) => void told.push([state, news]),
    ...given,
  });
  const ended = loop.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await ended.catch(() => undefined);
  });
  return { clock, log, told, stop, loop, ended, checks: () => checks };
}

test('a source is asked at the start and at each interval, and its accounts are told of another commit', async () => {
  const { clock, loop, log, checks } = following([{ ...ok, isNews: true }, ok, { ...ok, isNews: true }]);
  let news = 0;
  const listening = loop.onAccepted(() => {
    news += 1;
  });

  await loop.first;
  await clock.advance(0);
  expect([checks(), news]).toEqual([1, 1]);
  expect(loop.status).toMatchObject({ name: 'voice', state: 'ok', accepted: commit });
  expect(log.lines).toMatchObject([{ level: 'info', message: 'commit accepted', fields: { accepted: commit.id } }]);

  await clock.advance(59 * second);
  expect(checks()).toBe(1);
  await clock.advance(second);
  expect([checks(), news]).toEqual([2, 1]);
  await clock.advance(60 * second);
  expect([checks(), news]).toEqual([3, 2]);

  listening.close();
  await clock.advance(60 * second);
  expect([checks(), news]).toEqual([4, 2]);
});

test('a thousand requests are one check in five seconds, which all of them wait for', async () => {
  const { clock, loop, checks } = following([ok]);
  await loop.first;
  await clock.advance(0);
  let ended = 0;
  for (let request = 0; request < 1_000; request += 1)
    void loop.checkAfterNow().then(() => {
      ended += 1;
    });
  await clock.advance(0);
  expect([checks(), ended]).toEqual([1, 0]);

  await clock.advance(5 * second);
  expect([checks(), ended]).toEqual([2, 1_000]);
  await clock.advance(5 * second);
  expect(checks()).toBe(2);
});

test('a thousand requests that nobody waits for are one check in five seconds, and none where nobody needs the source', async () => {
  const { clock, loop, checks } = following([ok]);
  const unneeded = following([ok], { isNeeded: () => false });
  await loop.first;
  await clock.advance(0);

  for (let request = 0; request < 1_000; request += 1) for (const one of [loop, unneeded.loop]) one.checkSoon();
  await clock.advance(4 * second);
  await unneeded.clock.advance(10 * second);
  expect([checks(), unneeded.checks()]).toEqual([1, 0]);

  await clock.advance(second);
  await clock.advance(10 * second);
  expect(checks()).toBe(2);
});

test('a request ends at once where nobody needs the source, and with the loop', async () => {
  const unneeded = following([ok], { isNeeded: () => false });
  await unneeded.loop.checkAfterNow();
  expect(unneeded.checks()).toBe(0);

  const { loop, stop, ended } = following([ok]);
  await loop.first;
  const asked = loop.checkAfterNow();
  stop.abort();
  await asked;
  await ended;
});

test('a server that is down is asked less and less often, told once, and its return is told', async () => {
  const { clock, loop, log, checks } = following([...Array.from({ length: 7 }, () => away), ok]);
  await loop.first;
  await clock.advance(0);

  await clock.advance(5 * second);
  await clock.advance(5 * second);
  await clock.advance(6 * second);
  expect(checks()).toBe(4);
  for (let minute = 0; minute < 3; minute += 1) await clock.advance(60 * second);
  while (loop.status?.state !== 'ok') await clock.advance(60 * second);

  const lines = log.lines.filter(({ level }) => level !== 'debug');
  expect(lines).toMatchObject([
    { level: 'warn', message: 'source has a problem', fields: { said: 'fatal: no route', problem: 'it is away' } },
    { level: 'info', message: 'source recovered' },
  ]);
});

test('a refused commit is told with its reason, and does not slow the loop down', async () => {
  const refused: SourceCheck = {
    ...ok,
    state: 'refused',
    refusal: 'unsigned',
    tip: { ...commit, id: anObjectId('b') },
  };
  const { clock, loop, log, told, checks } = following([refused]);
  await loop.first;
  await clock.advance(0);
  await clock.advance(60 * second);

  expect(checks()).toBe(2);
  expect(told).toEqual([
    ['refused', 'source-refused'],
    ['refused', undefined],
  ]);
  expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { refusal: 'unsigned', tip: anObjectId('b') } });
});

test('a source that nobody here needs is not asked, until somebody does', async () => {
  let needed = false;
  const { clock, checks } = following([ok], { isNeeded: () => needed });
  await clock.advance(60 * second);
  expect(checks()).toBe(0);

  needed = true;
  await clock.advance(60 * second);
  expect(checks()).toBe(1);
});

test('a source that is needed from now on is asked at once, and only if it was not before', async () => {
  let needed = false;
  const { clock, loop, checks } = following([ok], { isNeeded: () => needed });
  await clock.advance(second);

  needed = true;
  loop.wake();
  await loop.first;
  await clock.advance(0);
  expect(checks()).toBe(1);

  loop.wake();
  await clock.advance(30 * second);
  expect(checks()).toBe(1);
});

test('a commit that a command beside the daemon has accepted is news to its accounts all the same', async () => {
  const later = { ...commit, id: anObjectId('b') };
  const { clock, loop, log } = following([ok, { ...ok, accepted: later }]);
  let news = 0;
  loop.onAccepted(() => {
    news += 1;
  });
  await loop.first;
  await clock.advance(60 * second);
  await clock.advance(60 * second);

  expect(news).toBe(1);
  expect(log.lines).toMatchObject([{ message: 'commit accepted', fields: { accepted: later.id } }]);
});

test('a loop that takes over after a new configuration tells nothing twice', async () => {
  const denied: SourceCheck = { ...ok, state: 'unauthorized' };
  const before = following([denied]);
  await before.loop.first;
  const after = following([denied, ok], { known: before.loop.known });
  expect(after.loop.status?.state).toBe('unauthorized');
  await after.loop.first;
  await after.clock.advance(0);
  await after.clock.advance(60 * second);

  expect(before.told).toEqual([['unauthorized', 'source-failed']]);
  expect(after.told).toEqual([
    ['unauthorized', undefined],
    ['ok', 'source-recovered'],
  ]);
});

test('a stop ends a check in progress, and whoever waits for the first one goes on', async () => {
  const clock = new ManualClock();
  const { loop, stop, ended } = following([], {
    clock,
    spec: {
      ...{ name: 'voice', repository: 'r', ref: 'branch main', intervalSeconds: 60, jitterPercent: 0, staleAfterMs: 1 },
      check: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new ReconcilerError('E_ABORTED', {})));
        }),
    },
  });
  stop.abort();

  await loop.first;
  await ended;
  expect(loop.status).toBeUndefined();
});

test('what nobody expected ends the loop', async () => {
  const { ended } = following([new TypeError('a bug')]);

  await expect(ended).rejects.toThrow('a bug');
});
