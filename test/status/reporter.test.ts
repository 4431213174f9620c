import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { ObjectId } from '../../src/core/git/object-id.ts';
import type { SourceStatus } from '../../src/core/git/source-status.ts';
import type { AccountEvent } from '../../src/pass/event.ts';
import type { CommitReport, ReportTarget } from '../../src/status/report-outbox.ts';
import { Reporter } from '../../src/status/reporter.ts';
import { anObjectId } from '../builders.ts';
import { aLog, aPlan, aProblem, ended } from '../daemon/builders.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';

const [one, two, three] = [anObjectId('a'), anObjectId('b'), anObjectId('c')];

type Answer = Awaited<ReturnType<ReportTarget['set']>>;

/** A reporter for these accounts of source voice, which they are reconciled by. */
async function aReporter(
  accounts: readonly string[] = ['main'],
  { answers = [], before = [] }: { answers?: readonly Answer[]; before?: readonly CommitReport[] } = {},
) {
  const clock = new ManualClock();
  const log = aLog();
  const left = [...answers];
  const told: string[] = [];
  const disk = [...before];
  const counted: string[] = [];
  const target: ReportTarget = {
    id: 'github',
    kind: 'github',
    source: 'voice',
    context: 'vonage-gitops',
    accounts,
    set: async ({ commit, context, state, description }) => {
      told.push(`${commit.slice(0, 1)} ${context.slice('vonage-gitops/'.length)} ${state}: ${description}`);
      return left.shift() ?? { result: 'taken' };
    },
  };
  const targets = [target];
  const reporter = new Reporter({
    targets: () => targets,
    sent: { load: async () => disk, save: async (report) => void disk.push(report) },
    clock,
    log,
    count: (_target, result) => void counted.push(result),
  });
  const tell = async (account: string, event: AccountEvent, failures = 0) => {
    reporter.tell(event, { account, failures });
    await settled();
  };
  const accept = async (commit: ObjectId, given: Partial<SourceStatus> = {}) => {
    const accepted = { id: commit, author: 'Ann', subject: 'Change', at: 0 };
    reporter.tellSource({ ...aStatus, accepted, ...given });
    await settled();
  };
  for (const account of accounts) await tell(account, { kind: 'leading', at: 0 });
  return { reporter, clock, log, told, disk, counted, targets, target, tell, accept };
}

const aStatus: SourceStatus = {
  name: 'voice',
  repository: 'github.com/acme/voice',
  ref: 'branch main',
  state: 'ok',
  message: 'all is well',
  since: 0,
  askedAt: 0,
  okAt: 0,
};

const began: AccountEvent = { kind: 'began', at: 0, pass: 1, reasons: ['source'] };
const read = (commit: ObjectId, given: Parameters<typeof aPlan>[0] = {}) =>
  ended({ plan: aPlan({ revision: commit, ...given }) });
const failed: AccountEvent = {
  kind: 'failed',
  at: 0,
  pass: 1,
  reasons: ['retry'],
  found: [],
  durationMs: 1,
  error: new ReconcilerError('E_API_UNREACHABLE', { url: 'https://api.nexmo.com', reason: 'ECONNREFUSED' }),
  pauses: { applications: {} },
};

test('pending when a pass begins with a commit for the first time, then what came of it; nothing is said twice', async () => {
  const { told, accept, tell } = await aReporter();
  await accept(one);

  for (let pass = 0; pass < 3; pass += 1) {
    await tell('main', began);
    await tell('main', read(one, { problems: [aProblem] }));
  }
  await tell('main', began);
  await tell('main', read(one));

  expect(told).toEqual(['a main pending: applying', 'a main failure: 1 error in manifests', 'a main success: in sync']);
});

test('drift and failures after a success take nothing back', async () => {
  const { told, accept, tell } = await aReporter();
  await accept(one);
  await tell('main', began);
  await tell('main', read(one));

  await tell('main', failed, 9);
  await tell('main', read(one, { problems: [aProblem] }));

  expect(told.at(-1)).toBe('a main success: no change for main');
});

test('passes that fail are told after the third, also of a commit that no pass has read', async () => {
  const { told, accept, tell } = await aReporter();
  await accept(one);

  for (const failures of [1, 2, 3, 4]) {
    await tell('main', began);
    await tell('main', failed, failures);
  }

  expect(told).toEqual(['a main pending: applying', 'a main error: not applied: every pass fails (E_API_UNREACHABLE)']);
});

test('of a source that was not asked yet nothing is said before the pass has read a commit', async () => {
  const { told, tell } = await aReporter();

  await tell('main', began);
  await tell('main', failed, 9);
  await tell('main', read(one));

  expect(told).toEqual(['a main success: no change for main']);
});

test('a commit that is still open when the next one comes is superseded', async () => {
  const { told, accept, tell } = await aReporter();
  await accept(one);
  await tell('main', began);
  await accept(two);

  await tell('main', read(two));

  expect(told).toEqual([
    'a main pending: applying',
    `a main error: superseded by ${two.slice(0, 12)}`,
    'b main success: no change for main',
  ]);
});

test('a commit with the manifests of the one before has its verdict, without a pass', async () => {
  const { reporter, told, accept, tell } = await aReporter();
  await accept(one);
  await tell('main', read(one, { problems: [aProblem] }));

  await accept(two);
  reporter.tellSame('main');
  await settled();

  expect(told.at(-1)).toBe('b main failure: 1 error in manifests');
});

test('of one that comes while a pass is in progress that is said at its end', async () => {
  const { reporter, told, accept, tell } = await aReporter();
  await accept(one);
  await tell('main', began);
  await accept(two);
  reporter.tellSame('main');
  await tell('main', read(one));
  await accept(three);
  await tell('main', began);
  reporter.tellSame('main');
  await tell('main', read(three));

  expect(told.filter((text) => text.includes('success'))).toEqual([
    'a main success: no change for main',
    'b main success: no change for main',
    'c main success: no change for main',
  ]);
});

test('a refused commit is told once, and the accepted one stays as it is', async () => {
  const { told, accept, tell } = await aReporter();
  await accept(one);
  await tell('main', began);
  const tip = { id: two, author: 'Ann', subject: 'Forget to sign', at: 0 };

  await accept(one, { state: 'refused', refusal: 'unsigned', tip });
  await accept(one, { state: 'refused', refusal: 'unsigned', tip });
  await accept(one, { state: 'refused', refusal: 'malformed' });
  await tell('main', read(one));

  expect(told).toEqual([
    'a main pending: applying',
    'b main failure: refused: unsigned',
    'a main success: no change for main',
  ]);
});

test('an account that another daemon reconciles is not reported, nor one whose manifests are elsewhere', async () => {
  const { reporter, told, accept, tell } = await aReporter();
  const tip = { id: two, author: 'Ann', subject: 'Forget to sign', at: 0 };
  await tell('main', { kind: 'standing-by', at: 0, owner: 'another' });

  await accept(one, { state: 'refused', refusal: 'unsigned', tip });
  await tell('main', { ...failed, reasons: ['lock'] }, 9);
  reporter.tellSame('main');
  await tell('office', { kind: 'leading', at: 0 });
  await tell('office', read(one));
  reporter.tellSame('office');
  await settled();

  expect(told).toEqual([]);
});

test('what was sent before a restart is not sent again', async () => {
  const before: CommitReport = {
    to: 'github',
    commit: one,
    context: 'vonage-gitops/main',
    state: 'pending',
    description: 'applying',
  };
  const { told, disk, accept, tell } = await aReporter(['main'], { before: [before] });
  await accept(one);

  await tell('main', began);
  await tell('main', read(one));

  expect(told).toEqual(['a main success: no change for main']);
  expect(disk.at(-1)).toMatchObject({ state: 'success' });
});

test('what a forge refuses is not said again until the configuration is another one', async () => {
  const refused = { result: 'refused' as const, problem: 'the token is not valid' };
  const { reporter, told, counted, log, accept, tell } = await aReporter(['main'], { answers: [refused, refused] });
  await accept(one);
  await tell('main', began);
  await tell('main', read(one));
  await tell('main', read(one));
  expect(told).toHaveLength(2);
  expect(reporter.problemOf('voice')).toBe('the token is not valid');

  reporter.reload();
  await tell('main', read(one));

  expect(told.at(-1)).toBe('a main success: in sync');
  expect(told).toHaveLength(3);
  expect(reporter.problemOf('voice')).toBeUndefined();
  expect(counted).toEqual(['failed', 'failed', 'sent']);
  expect(log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)).toEqual([
    'commit status not set',
    'commit statuses are set again',
  ]);
});

test('a commit that takes no more statuses gets none, also after a restart', async () => {
  const full = { result: 'refused' as const, problem: 'no more statuses', isFinal: true };
  const { told, disk, accept, tell } = await aReporter(['main'], { answers: [full] });
  await accept(one);
  await tell('main', began);
  await tell('main', read(one));
  expect(told).toHaveLength(1);

  const again = await aReporter(['main'], { before: disk });
  await again.accept(one);
  await again.tell('main', read(one));

  expect(again.told).toEqual([]);
});

test('what a target that is gone was to get is dropped without a word', async () => {
  const { targets, told, log, counted, clock, accept, tell } = await aReporter(['main'], {
    answers: [{ result: 'failed', problem: 'status 500' }],
  });
  await accept(one);
  await tell('main', began);

  targets.length = 0;
  await clock.advance(1_000);

  expect([told.length, counted]).toEqual([1, ['retried']]);
  expect(log.lines).toHaveLength(1);
});

test('a report that a forge never takes does not keep others back for good, and is tried again', async () => {
  const { told, clock, counted, accept, tell } = await aReporter(['main', 'office'], {
    answers: Array(10).fill({ result: 'failed', problem: 'status 500' }),
  });
  await accept(one);
  await tell('main', began);
  await tell('office', read(one));

  while (!counted.includes('sent')) await clock.advance(clock.untilNext() ?? 0);
  await settled();

  expect(told.slice(-2)).toEqual(['a office success: no change for office', 'a main pending: applying']);
  expect(counted.slice(-2)).toEqual(['sent', 'sent']);
});

test('at the end what is queued gets a moment, and what was sent is remembered', async () => {
  const { reporter, clock, counted, disk, accept, tell } = await aReporter(['main'], {
    answers: [{ result: 'taken' }, { result: 'failed', problem: 'status 500' }],
  });
  await accept(one);
  await tell('main', began);
  await tell('main', read(one));

  const closing = reporter.close(500);
  await settled();
  await clock.advance(500);
  await closing;

  expect(counted).toEqual(['sent', 'retried', 'dropped']);
  expect(disk.map(({ state }) => state)).toEqual(['pending']);
});

test('without any report nothing is read or remembered', async () => {
  const { reporter, targets } = await aReporter();
  targets.length = 0;

  reporter.reload();

  expect(reporter.problemOf('voice')).toBeUndefined();
  await reporter.close(0);
});

const many = Array.from({ length: 21 }, (_, index) => `account-${index}`);

test('more than twenty accounts have one status together, and at most five more where something is wrong', async () => {
  const { told, accept, tell } = await aReporter(many);
  await accept(one);
  for (const account of many) await tell(account, began);
  for (const account of many.slice(0, 8)) await tell(account, read(one, { problems: [aProblem] }));
  for (const account of many.slice(8)) await tell(account, read(one));

  const together = told.filter((text) => text.startsWith('a voice '));
  expect(together).toEqual([
    'a voice pending: applying to 21 accounts',
    'a voice failure: 21 accounts: 13 success, 8 failure; worst: account-0 (1 error in manifests)',
  ]);
  expect(told.filter((text) => !text.startsWith('a voice '))).toEqual(
    many.slice(0, 5).map((account) => `a ${account} failure: 1 error in manifests`),
  );

  await tell('account-0', read(one));
  expect(told.slice(-2)).toEqual([
    'a voice failure: 21 accounts: 14 success, 7 failure; worst: account-1 (1 error in manifests)',
    'a account-0 success: in sync',
  ]);
});

test('a refused commit of more than twenty accounts is told once', async () => {
  const { told, accept } = await aReporter(many);
  const tip = { id: two, author: 'Ann', subject: 'Forget to sign', at: 0 };

  await accept(one, { state: 'refused', refusal: 'unsigned', tip });

  expect(told).toEqual(['b voice failure: refused: unsigned']);
});

test('an account of such a source that is called as the source has no status of its own', async () => {
  const { told, accept, tell } = await aReporter(['voice', ...many]);
  await accept(one);

  await tell('voice', read(one, { problems: [aProblem] }));

  expect(told).toEqual(['a voice pending: applying to 22 accounts']);
});
