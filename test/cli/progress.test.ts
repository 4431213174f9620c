import { expect, test } from 'vitest';
import { type ProgressContext, startProgress, startReading } from '../../src/cli/progress.ts';

function aContext(isTTY: boolean, columns: number, environment: ProgressContext['environment'] = {}) {
  const written: string[] = [];
  const context: ProgressContext = {
    stderr: { isTTY, columns, write: (text: string) => written.push(text) },
    environment,
  };
  return { context, written };
}

/** What stands on the terminal's line at the end. */
function lastLine(written: readonly string[]): string {
  return written.join('').split('\r\u001b[K').at(-1) ?? '';
}

test('a terminal shows how much of the work is done, and nothing of it in the end', () => {
  const { context, written } = aContext(true, 80);

  const progress = startProgress(context, 2);
  const shown = lastLine(written);
  progress.stop();
  progress.advance('too late');
  progress.stop();

  expect(shown).toMatch(/0\/2 changes/);
  expect(lastLine(written)).toBe('');
});

test.each([0, 1, 10, 30])('a line never wraps, also with %d columns', (columns) => {
  const { context, written } = aContext(true, columns);

  startReading(context).advance('客服热线'.repeat(30));

  expect(lastLine(written).length).toBeLessThan(columns || 80);
});

test.each([
  { title: 'elsewhere', isTTY: false, environment: {} },
  { title: 'on a terminal without escape sequences', isTTY: true, environment: { TERM: 'dumb' } },
  { title: 'on a terminal with NO_COLOR', isTTY: true, environment: { NO_COLOR: '1' } },
])('$title each step is a plain line', ({ isTTY, environment }) => {
  const { context, written } = aContext(isTTY, 80, environment);

  const reading = startReading(context);
  reading.advance();
  reading.stop();
  const progress = startProgress(context, 2);
  progress.advance('applied create "one"');
  progress.advance('failed create "two"');
  progress.stop();

  expect(written.join('')).toBe('1/2 applied create "one"\n2/2 failed create "two"\n');
});

test('with nothing to do nothing is written', () => {
  const { context, written } = aContext(true, 80);

  startProgress(context, 0).stop();

  expect(written).toEqual([]);
});
