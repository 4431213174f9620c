import { expect, test } from 'vitest';
import { codeFrame, shownLines } from '../../../src/core/manifest/frame.ts';
import { shownTextBy } from '../../../src/core/redact/scrubber.ts';
import { manifestText, parseText } from './builders.ts';

const shown = shownTextBy([]);

test('a problem shows the lines around it and where it stands', () => {
  const { problems } = parseText(manifestText('name: Support\nformely: [Old]\nlabels: {}'));

  expect(problems[0]?.frame).toBe(
    [
      '  3 | metadata:',
      '  4 |   name: Support',
      '> 5 |   formely: [Old]',
      '    |   ^',
      '  6 |   labels: {}',
      '  7 | spec:',
    ].join('\n'),
  );
});

test('line numbers are aligned, and tabs are shown as arrows of one column', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `\tline ${index + 1}`);

  expect(codeFrame(lines, { line: 10, column: 2 }, shown)).toBe(
    ['   8 | →line 8', '   9 | →line 9', '> 10 | →line 10', '     |  ^', '  11 | →line 11', '  12 | →line 12'].join(
      '\n',
    ),
  );
});

test('a long line is cut to what is around the column', () => {
  const line = `${'a'.repeat(30)} ${'b '.repeat(5000)}!${' c'.repeat(5000)}`;

  const frame = codeFrame([line], { line: 1, column: line.indexOf('!') + 1 }, shown).split('\n');

  expect(frame.every((shown) => shown.length < 120)).toBe(true);
  expect(frame[0]?.[frame[1]?.indexOf('^') ?? 0]).toBe('!');
});

test('a place below the last line shows what is there', () => {
  expect(codeFrame(['a'], { line: 2, column: 1 }, shown)).toBe('  1 | a');
});

test('hidden ranges keep their length and their lines, also when they overlap', () => {
  const text = 'ab\r\ncd\nef';

  expect(
    shownLines(text, [
      { from: 5, to: 8 },
      { from: 1, to: 6 },
      { from: 2, to: 3 },
    ]),
  ).toEqual(['a…', '……', '…f']);
});
