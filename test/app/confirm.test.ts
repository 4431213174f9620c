import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/app/confirm.ts';
import type { CliContext } from '../../src/app/context.ts';
import { StopRequest } from '../../src/app/stop-request.ts';
import { testWorld } from '../cli/world.ts';

const refused = expect.objectContaining({ code: 'E_NOT_CONFIRMED', exitCode: 1 });
const interrupted = expect.objectContaining({ code: 'E_INTERRUPTED', exitCode: 130 });

function atTerminal(stop?: AbortSignal): { readonly context: CliContext; readonly keyboard: PassThrough } {
  const { context } = testWorld({ cwd: '/', terminal: [], ...(stop === undefined ? {} : { stop }) });
  const keyboard = Object.assign(new PassThrough(), { isTTY: true });
  return { context: { ...context, stdin: keyboard }, keyboard };
}

test('yes goes ahead', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write('yes\n');

  await expect(asked).resolves.toBeUndefined();
});

test.each(['y', 'YES', '', 'yes please'])('%j is no yes', async (answer) => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write(`${answer}\n`);

  await expect(asked).rejects.toEqual(refused);
});

test('Ctrl-D at the question is a no', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.end();

  await expect(asked).rejects.toEqual(refused);
});

test('Ctrl-D as a key is a no', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write('\u0004');

  await expect(asked).rejects.toEqual(refused);
});

test('a question after the end of the input is a no, and waits for nobody', async () => {
  const { context, keyboard } = atTerminal();
  keyboard.resume().end();
  await once(keyboard, 'close');

  await expect(confirm('Go?', context)).rejects.toEqual(refused);
});

test('Ctrl-C as a key is an interruption, whatever was typed before it', async () => {
  const { context, keyboard } = atTerminal();

  const asked = confirm('Go?', context);
  keyboard.write('yes\u0003');

  await expect(asked).rejects.toEqual(interrupted);
});

test.each([
  { signal: 'SIGINT', expected: interrupted },
  { signal: 'SIGTERM', expected: refused },
] as const)('$signal at the question ends it', async ({ signal, expected }) => {
  const stop = new AbortController();
  const { context } = atTerminal(stop.signal);

  const asked = confirm('Go?', context);
  stop.abort(new StopRequest(signal));

  await expect(asked).rejects.toEqual(expected);
});

test('without a terminal nobody is asked', async () => {
  const { context } = testWorld({ cwd: '/' });

  await expect(confirm('Go?', context)).rejects.toEqual(refused);
});
