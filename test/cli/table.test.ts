import { expect, test } from 'vitest';
import { ageText, renderTable, sizeText } from '../../src/cli/table.ts';

test('columns line up, whatever the names are written in', () => {
  const table = renderTable(
    ['NAME', 'STATE'],
    [
      ['Support', 'synced'],
      ['客服热线', 'drifted'],
      ['📞 line', 'paused'],
    ],
  );

  expect(table).toBe('NAME      STATE\nSupport   synced\n客服热线  drifted\n📞 line   paused\n');
});

test.each([
  [-5_000, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [86_399_999, '23 h'],
  [86_400_000, '1 d'],
  [400 * 86_400_000, '400 d'],
])('an age of %d ms is %s', (ms, text) => {
  expect(ageText(ms)).toBe(text);
});

test.each([
  [0, '0 KiB'],
  [1, '1 KiB'],
  [1024 * 1024 - 1, '1024 KiB'],
  [1024 * 1024, '1.0 MiB'],
  [17.25 * 1024 * 1024, '17.3 MiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
