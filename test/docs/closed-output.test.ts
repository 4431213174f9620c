import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { OutputWatch } from '../../src/app/output-watch.ts';
import { allCommands } from './command-help.ts';

/** Commands that have something to lose, or that go on whether somebody reads or not. A new command that only reads belongs into output-watch.ts. */
const notReadOnly = [
  ...[
    'apply',
    'rotate-key',
    'release',
    'restore',
    'keys deliver',
    'keys prune',
    'ledger rebuild',
    'state move',
    'state rename',
  ],
  ...[
    'pause',
    'resume',
    'sync',
    'approve',
    'run',
    'source fetch',
    'emulator',
    'comment',
    'fmt',
    'init',
    'adopt',
    'export',
  ],
];

const commands = (await allCommands()).filter(({ name, commands: below }) => name !== '' && below.length === 0);

/** The code that a success of this command line becomes after these errors of its outputs. */
function codeAfter(args: readonly string[], lost: { readonly stdout?: string; readonly stderr?: string }) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const watch = new OutputWatch(stdout, stderr);
  let said = '';
  if (lost.stdout !== undefined) stdout.emit('error', Object.assign(new Error('a reason'), { code: lost.stdout }));
  if (lost.stderr !== undefined) stderr.emit('error', Object.assign(new Error('a reason'), { code: lost.stderr }));
  const code = (ended: number) =>
    watch.exitCode(ended, args, (text) => {
      said = text;
    });
  return { code: code(0), failed: code(4), said, stdoutLost: watch.stdoutLost.aborted };
}

test.each(commands.map(({ name }) => name))(
  'whether %s has something to lose when its reader is gone is known',
  (name) => {
    const { code } = codeAfter(name.split(' '), { stdout: 'EPIPE' });

    expect(code).toBe(notReadOnly.includes(name) ? 0 : 141);
  },
);

test('every command that has something to lose exists', () => {
  expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(notReadOnly));
});

describe('the exit code of a command', () => {
  test.each([
    { title: 'that only reads, without reader', args: ['plan', 'apps'], lost: { stdout: 'EPIPE' }, code: 141 },
    { title: 'that saves a plan, without reader', args: ['plan', '--out', 'f'], lost: { stdout: 'EPIPE' }, code: 0 },
    { title: 'that saves a plan, in one word', args: ['plan', '--out=f'], lost: { stdout: 'EPIPE' }, code: 0 },
    { title: 'whose log nobody reads', args: ['plan'], lost: { stderr: 'EPIPE' }, code: 0 },
    { title: 'on a full disk', args: ['apply'], lost: { stdout: 'ENOSPC' }, code: 1 },
    { title: 'whose log fills the disk', args: ['plan'], lost: { stdout: 'EPIPE', stderr: 'ENOSPC' }, code: 1 },
    { title: 'that lost nothing', args: ['plan'], lost: {}, code: 0 },
  ])('$title is $code, and a failure stays what it is', ({ args, lost, code }) => {
    const ended = codeAfter(args, lost);

    expect(ended.code).toBe(code);
    expect(ended.failed).toBe(4);
    expect(ended.stdoutLost).toBe('stdout' in lost);
  });
});

test('a full disk is said in one sentence', () => {
  const { said } = codeAfter(['apply'], { stdout: 'ENOSPC' });

  expect(said).toBe('Error: some output could not be written (ENOSPC). All other work completed.\n');
});
