import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/app/confirm.ts';
import type { CliContext } from '../../src/app/context.ts';
import { StopRequest } from '../../src/app/stop-request.ts';
import { testWorld } from '../cli/world.ts';

const interrupted = expect.objectContaining({
  code: 'E_INTERRUPTED',
  exitCode: 130,
  message: 'Cancelled. Nothing was changed.',
});

function refused(message: string) {
  return expect.objectContaining({ code: 'E_NOT_CONFIRMED', exitCode: 1, message });
}

const noTerminal = refused(
  'There is no terminal to confirm at: pass --yes to go ahead without the prompt. Nothing was changed.',
);
const cancelled = refused('Cancelled. Nothing was changed.');

function atTerminal(options: { readonly stop?: AbortSignal; readonly environment?: CliContext['environment'] } = {}) {
  const { context, stderr } = testWorld({ cwd: '/', terminal: [], ...options });
  const keyboard = Object.assign(new PassThrough(), { isTTY: true });
  const typing: CliContext = { ...context, stdin: keyboard };
  return { context: typing, keyboard, stderr };
}

test.each(['yes', 'y', ' yes '])('%j goes ahead', async (answer) => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write(`${answer}\n`);

  await expect(asked).resolves.toBeUndefined();
});

test.each(['no', 'n', ''])('%j is a no', async (answer) => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write(`${answer}\n`);

  await expect(asked).rejects.toEqual(cancelled);
});

test.each(['YES', 'yes please', 'sure'])('%j is no yes, and what would be is said', async (answer) => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write(`${answer}\n`);

  await expect(asked).rejects.toEqual(refused('Cancelled: only "yes" or "y" is accepted. Nothing was changed.'));
});

test('Ctrl-D at the question is a no', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.end();

  await expect(asked).rejects.toEqual(cancelled);
});

test('Ctrl-D as a key is a no', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write('\u0004');

  await expect(asked).rejects.toEqual(cancelled);
});

test('a question after the end of the input is a no, and waits for nobody', async () => {
  const { context, keyboard } = atTerminal();
  keyboard.resume().end();
  await once(keyboard, 'close');

  await expect(confirm('Go?', context)).rejects.toEqual(cancelled);
});

test('Ctrl-C as a key is an interruption, whatever was typed before it', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write('yes\u0003');

  await expect(asked).rejects.toEqual(interrupted);
});

test.each([
  { signal: 'SIGINT', expected: interrupted },
  { signal: 'SIGHUP', expected: refused('Stopped by a signal before it was confirmed. Nothing was changed.') },
  { signal: 'SIGTERM', expected: refused('Stopped by a signal before it was confirmed. Nothing was changed.') },
] as const)('$signal at the question ends it', async ({ signal, expected }) => {
  const stop = new AbortController();
  const { context } = atTerminal({ stop: stop.signal });

  const asked = confirm('Go?', context);
  stop.abort(new StopRequest(signal));

  await expect(asked).rejects.toEqual(expected);
});

test('without a terminal nobody is asked', async () => {
  const { context } = testWorld({ cwd: '/' });

  await expect(confirm('Go?', context)).rejects.toEqual(noTerminal);
});

test('what follows a question that was left stands on a line of its own', async () => {
  const { context, keyboard, stderr } = atTerminal({ environment: { TERM: 'dumb' } });

  const asked = confirm('Go?', context);
  keyboard.end();
  await expect(asked).rejects.toEqual(cancelled);

  expect(stderr()).toBe('\nGo?\n  Only "yes" or "y" is accepted: \n');
});

test.each([{ TERM: 'dumb' }, { NO_COLOR: '1' }])('with %j a question has no escape sequence', async (environment) => {
  const { context, keyboard, stderr } = atTerminal({ environment });

  const asked = confirm('Go?', context);
  keyboard.write('yes\n');
  await asked;

  expect(stderr()).not.toContain('\u001b');
});
