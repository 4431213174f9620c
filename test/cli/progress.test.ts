import { expect, test } from 'vitest';
import { type ProgressSession, startProgress, startReading } from '../../src/cli/progress.ts';

function aSession(isTTY: boolean, columns: number, environment: ProgressSession['context']['environment'] = {}) {
  const written: string[] = [];
  const stderr = { isTTY, columns, write: (text: string) => written.push(text) };
  const session: ProgressSession = { context: { stderr, environment }, quiet: false };
  return { session, written };
}

/** What stands on the terminal's line at the end. */
function lastLine(written: readonly string[]): string {
  return written.join('').split('\r\u001b[K').at(-1) ?? '';
}

test('a terminal shows how much of the work is done, and nothing of it in the end', () => {
  const { session, written } = aSession(true, 80);

  const progress = startProgress(session, 2);
  const shown = lastLine(written);
  progress.stop();
  progress.advance('too late');
  progress.stop();

  expect(shown).toMatch(/0\/2 changes/);
  expect(lastLine(written)).toBe('');
});

test.each([0, 1, 10, 30])('a line never wraps, also with %d columns', (columns) => {
  const { session, written } = aSession(true, columns);

  startReading(session).advance('客服热线'.repeat(30));

  expect(lastLine(written).length).toBeLessThan(columns || 80);
});

test.each([
  { title: 'elsewhere', isTTY: false, environment: {} },
  { title: 'on a terminal without escape sequences', isTTY: true, environment: { TERM: 'dumb' } },
  { title: 'on a terminal with NO_COLOR', isTTY: true, environment: { NO_COLOR: '1' } },
])('$title each step is a plain line', ({ isTTY, environment }) => {
  const { session, written } = aSession(isTTY, 80, environment);

  const reading = startReading(session);
  reading.advance();
  reading.stop();
  const progress = startProgress(session, 2);
  progress.advance('applied create "one"');
  progress.advance('failed create "two"');
  progress.stop();

  expect(written.join('')).toBe('1/2 applied create "one"\n2/2 failed create "two"\n');
});

test.each([
  { title: 'nothing to do', quiet: false, total: 0 },
  { title: '--quiet', quiet: true, total: 3 },
])('with $title nothing is written', ({ quiet, total }) => {
  const { session, written } = aSession(true, 80);

  if (quiet) startReading({ ...session, quiet }).advance();
  const progress = startProgress({ ...session, quiet }, total);
  progress.advance();
  progress.stop();

  expect(written).toEqual([]);
});
