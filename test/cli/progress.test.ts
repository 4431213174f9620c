import { expect, test } from 'vitest';
import { startProgress, startReading } from '../../src/cli/progress.ts';

function anOutput(isTTY: boolean, columns: number) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

/** What stands on the terminal's line at the end. */
function lastLine(written: readonly string[]): string {
  return written.join('').split('\r\u001b[K').at(-1) ?? '';
}

test('a terminal shows how much of the work is done, and nothing of it in the end', () => {
  const output = anOutput(true, 80);

  const progress = startProgress(output, 2);
  const shown = lastLine(output.written);
  progress.stop();
  progress.advance('too late');
  progress.stop();

  expect(shown).toMatch(/0\/2 changes/);
  expect(lastLine(output.written)).toBe('');
});

test.each([0, 1, 10, 30])('a line never wraps, also with %d columns', (columns) => {
  const output = anOutput(true, columns);

  startReading(output).advance('客服热线'.repeat(30));

  expect(lastLine(output.written).length).toBeLessThan(columns || 80);
});

test.each([
  { title: 'no terminal', isTTY: false, total: 3 },
  { title: 'nothing to do', isTTY: true, total: 0 },
])('with $title nothing is written', ({ isTTY, total }) => {
  const output = anOutput(isTTY, 80);

  const progress = startProgress(output, total);
  progress.advance();
  progress.stop();

  expect(output.written).toEqual([]);
});
