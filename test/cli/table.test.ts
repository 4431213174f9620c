import { expect, test } from 'vitest';
import { renderTable } from '../../src/cli/table.ts';

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
