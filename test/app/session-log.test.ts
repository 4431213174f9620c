import { expect, test, vi } from 'vitest';
import type { LogLevel } from '../../src/app/context.ts';
import { SessionLog } from '../../src/app/session-log.ts';
import { scrubber } from '../../src/core/redact/scrubber.ts';

function recording(level: LogLevel) {
  const lines: string[] = [];
  const output = { write: (line: string) => lines.push(line) };
  const log = SessionLog.of({ level, output, scrub: scrubber(['hunter22']), pretty: false, color: false });
  return { log, messages: () => lines.map((line) => JSON.parse(line).msg), lines };
}

test('lines keep their order, whether they come before or after the log is open', async () => {
  const { log, messages } = recording('info');

  log.info({}, 'one');
  log.warn({}, 'two');
  await expect.poll(messages).toEqual(['one', 'two']);
  log.error({}, 'three');

  expect(messages()).toEqual(['one', 'two', 'three']);
});

test('once open, lines are written at once', async () => {
  const { log, messages } = recording('info');

  await log.open();
  log.info({}, 'one');

  expect(messages()).toEqual(['one']);
});

test('fields of the log and of the line are in the line, secrets are not', async () => {
  const { log, lines } = recording('debug');

  log.child({ account: 'main' }).child({ pass: 7 }).debug({ code: 'hunter22' }, 'seen');
  await expect.poll(() => lines.length).toBe(1);

  expect(JSON.parse(lines.join(''))).toMatchObject({
    level: 'debug',
    account: 'main',
    pass: 7,
    code: '(sensitive)',
    msg: 'seen',
  });
});

test.each([
  { level: 'trace', expected: ['debug', 'info', 'warn', 'error', 'fatal'] },
  { level: 'info', expected: ['info', 'warn', 'error', 'fatal'] },
  { level: 'error', expected: ['error', 'fatal'] },
  { level: 'silent', expected: [] },
] as const)('at level $level it says $expected', async ({ level, expected }) => {
  const { log, messages } = recording(level);

  for (const line of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[line]({}, line);
  await vi.dynamicImportSettled();

  expect(messages()).toEqual(expected);
});
