import { expect, test } from 'vitest';
import { readableTimes } from '../../../src/core/render/readable-times.ts';

test('times are text at every depth, and nothing else is changed', () => {
  const document = {
    at: 0,
    from: 1000,
    appliedAt: 1_790_000_000_123,
    serial: 4,
    known: true,
    healed: [{ path: '/name', at: 2000 }, null, [{ since: 3000 }]],
    orphaned: { at: 4000, until: null },
  };

  expect(readableTimes(document)).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    from: '1970-01-01T00:00:01.000Z',
    appliedAt: '2026-09-21T14:13:20.123Z',
    serial: 4,
    known: true,
    healed: [{ path: '/name', at: '1970-01-01T00:00:02.000Z' }, null, [{ since: '1970-01-01T00:00:03.000Z' }]],
    orphaned: { at: '1970-01-01T00:00:04.000Z', until: null },
  });
});

test('a number that is no time, and a text, stay as they are', () => {
  const document = { at: 9e15, from: 'old', format: 7 };

  expect(readableTimes(document)).toEqual(document);
});
