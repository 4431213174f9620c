import { expect, test } from 'vitest';
import { padColumns, widthOf } from '../../../src/core/render/columns.ts';

test.each([
  { text: 'Support', width: 7 },
  { text: '客服热线', width: 8 },
  { text: 'サポート', width: 8 },
  { text: '☎️ 📞', width: 5 },
  { text: 'Café', width: 4 },
])('$text takes $width columns', ({ text, width }) => {
  expect(widthOf(text)).toBe(width);
  expect(widthOf(padColumns(text, 12))).toBe(12);
});

test('a text that is too wide stays as it is', () => {
  expect(padColumns('客服热线', 3)).toBe('客服热线');
});
