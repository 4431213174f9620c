import fc from 'fast-check';
import { expect, test } from 'vitest';
import { widthOf } from '../../../src/core/render/columns.ts';
import { pack, wrap } from '../../../src/core/render/wrap.ts';

test.each([
  { title: 'a line that fits stays', line: '  one two', columns: 9, expected: ['  one two'] },
  { title: 'between words', line: 'one two three', columns: 8, expected: ['one two', '  three'] },
  {
    title: 'with the indent of the first line',
    line: '  one two three',
    columns: 10,
    expected: ['  one two', '    three'],
  },
  { title: 'spaces between words that stay together stay', line: 'a  b c  d', columns: 6, expected: ['a  b c', '  d'] },
  {
    title: 'a word wider than a line after separators',
    line: '"https://example.com/one/two?three=four"',
    columns: 24,
    expected: ['"https://example.com/', '  one/two?three=four"'],
  },
  { title: 'a part wider than a line anywhere', line: 'abcdefghij', columns: 6, expected: ['abcdef', '  ghij'] },
  { title: 'no word at all', line: '      ', columns: 3, expected: [] },
  { title: 'wide signs count twice', line: '日本 語語', columns: 6, expected: ['日本', '  語語'] },
])('$title', ({ line, columns, expected }) => {
  expect(wrap(line, columns)).toStrictEqual(expected);
});

test('no line is wider than it may be, and nothing but spaces is lost', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 6, max: 40 }), (text, columns) => {
      const lines = wrap(text, columns);

      expect(lines.every((line) => widthOf(line) <= columns)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});

test('texts share a line as long as they fit', () => {
  expect(pack(['one', 'two', 'three'], 10, '    ')).toStrictEqual(['one  two', '    three']);
  expect(pack(['one', 'two'], Number.POSITIVE_INFINITY, '')).toStrictEqual(['one  two']);
  expect(pack(['a/b/c', 'd'], 4, ' ')).toStrictEqual(['a/b/', '  c', ' d']);
});
