import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/cli/confirm.ts';
import type { World } from '../../src/cli/world.ts';
import { testWorld } from './world.ts';

const refused = expect.objectContaining({ code: 'E_NOT_CONFIRMED' });

function atTerminal(stop?: AbortSignal): { readonly world: World; readonly keyboard: PassThrough } {
  const { world } = testWorld({ cwd: '/', terminal: [], ...(stop === undefined ? {} : { stop }) });
  const keyboard = Object.assign(new PassThrough(), { isTTY: true });
  return { world: { ...world, stdin: keyboard }, keyboard };
}

test('yes goes ahead', async () => {
  const { world, keyboard } = atTerminal();

  const asked = confirm('Go?', world);
  keyboard.write('yes\n');

  await expect(asked).resolves.toBeUndefined();
});

test.each(['y', 'YES', '', 'yes please'])('%j is no yes', async (answer) => {
  const { world, keyboard } = atTerminal();

  const asked = confirm('Go?', world);
  keyboard.write(`${answer}\n`);

  await expect(asked).rejects.toEqual(refused);
});

test('Ctrl-D at the question is a no', async () => {
  const { world, keyboard } = atTerminal();

  const asked = confirm('Go?', world);
  keyboard.end();

  await expect(asked).rejects.toEqual(refused);
});

test('a signal at the question is a no', async () => {
  const stop = new AbortController();
  const { world } = atTerminal(stop.signal);

  const asked = confirm('Go?', world);
  stop.abort();

  await expect(asked).rejects.toEqual(refused);
});

test('without a terminal nobody is asked', async () => {
  const { world } = testWorld({ cwd: '/' });

  await expect(confirm('Go?', world)).rejects.toEqual(refused);
});
