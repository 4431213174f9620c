import { expect, test } from 'vitest';
import { manifestText, parseText, problemLines } from './builders.ts';

const at = 'a.yaml:4:9 metadata.name:';
const unseen = 'which is not shown: remove it, if it is not intended';
const control = 'the server may reject it, and lists show it escaped. Remove it';

test.each([
  { name: '"   "', expected: `error ${at} only white space or invisible characters: expected a name` },
  { name: '"\\u200b \\n"', expected: `error ${at} only white space or invisible characters: expected a name` },
  {
    name: '"Line \\ud83d"',
    expected: `error ${at} half of a surrogate pair, which UTF-8 cannot carry: write the whole character`,
  },
  {
    name: '|\n  Support',
    expected: `warning ${at} the name contains a line break (U+000A): a block scalar ends in one. Use |- or >-, or write the name on one line`,
  },
  { name: '"Sup\\nport"', expected: `warning ${at} the name contains a line break (U+000A): ${control}` },
  { name: '"Sup\\0port"', expected: `warning ${at} the name contains NUL (U+0000): ${control}` },
  { name: '"Sup\\e[31mport"', expected: `warning ${at} the name contains ESC (U+001B): ${control}` },
  {
    name: '"\\x01\\t\\x02\\x03\\x04Support"',
    expected: `warning ${at} the name contains U+0001, a tab (U+0009), U+0002 and more: ${control}`,
  },
  { name: '"Sup\\u00adport"', expected: `warning ${at} the name contains U+00AD, ${unseen}` },
  { name: '"Sup\\u202eport\\U000e0041"', expected: `warning ${at} the name contains U+202E, U+E0041, ${unseen}` },
  {
    name: '" Support"',
    expected: `warning ${at} the name begins or ends with a space: remove it, if it is not intended`,
  },
])('the name $name: $expected', ({ name, expected }) => {
  expect(problemLines(parseText(manifestText(`name: ${name}`)))).toStrictEqual([expected]);
});

test.each(['👩‍👩‍👧 family ☎️', 'می‌خواهم', 'Straße 7/b', '2nd "line"'])('the name %s is as good as any', (name) => {
  expect(problemLines(parseText(manifestText(`name: ${JSON.stringify(name)}`)))).toStrictEqual([]);
});
