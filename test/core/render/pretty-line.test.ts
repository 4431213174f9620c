import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { prettyLine } from '../../../src/core/render/pretty-line.ts';

const time = '2026-03-01T09:05:07.123Z';

test.each([
  {
    title: 'fields follow the message as JSON',
    line: { level: 'info', time, account: 'main', changes: { created: 2 }, msg: 'pass finished' },
    expected: '[09:05:07] INFO: pass finished {"account":"main","changes":{"created":2}}\n',
  },
  {
    title: 'without fields nothing follows',
    line: { level: 'warn', time, msg: 'no manifests' },
    expected: '[09:05:07] WARN: no manifests\n',
  },
  {
    title: 'the code and the text of an error stand in the line',
    line: { level: 'error', time, err: { code: 'E_X', message: 'away' }, msg: 'pass failed' },
    expected: '[09:05:07] ERROR: pass failed {"err":{"code":"E_X","message":"away"}}\n',
  },
  {
    title: 'stacks follow in lines of their own, that of the cause last',
    line: {
      level: 'fatal',
      time,
      err: { message: 'a', stack: 'Error: a\n  at one', cause: { message: 'b', stack: 'Error: b\n  at two' } },
      msg: 'bug',
    },
    expected:
      '[09:05:07] FATAL: bug {"err":{"message":"a","cause":{"message":"b"}}}\n    Error: a\n      at one\n    Error: b\n      at two\n',
  },
  {
    title: 'a level that is not known is shown as it is',
    line: { level: 'notice', time, msg: 'hello' },
    expected: '[09:05:07] NOTICE: hello\n',
  },
])('$title', ({ line, expected }) => {
  expect(prettyLine(JSON.stringify(line), false)).toBe(expected);
  expect(stripVTControlCharacters(prettyLine(JSON.stringify(line), true))).toBe(expected);
});

test('the level has a color where colors are wanted', () => {
  expect(prettyLine(JSON.stringify({ level: 'error', time, msg: 'away' }), true)).toContain(
    '\u001b[31mERROR\u001b[39m',
  );
});

test('what is not a line of the log stays as it is', () => {
  expect(prettyLine('not JSON\n', false)).toBe('not JSON\n');
});
