import { expect, test } from 'vitest';
import { moveRecords } from '../../../src/core/ledger/source-move.ts';
import { anEntry, anId } from '../../builders.ts';

const move = {
  desired: { source: 'git:git.example.com/new//apps', root: '/apps' },
  policy: { policy: 'sync' },
  now: 9,
} as const;

test('a move marks what it leaves behind, keeps since when, and marks nothing twice', () => {
  const records = moveRecords(
    [
      anEntry({ id: anId(1) }),
      anEntry({ id: anId(2), orphaned: { at: 5, policy: 'upsert', cause: 'removed' } }),
      anEntry({ id: anId(3), orphaned: { at: 5, policy: 'upsert', cause: 'moved' } }),
    ],
    move,
  );

  expect(records).toMatchObject([
    { kind: 'observed', id: anId(1), seen: { orphaned: { at: 9, policy: 'sync', cause: 'moved' } } },
    { kind: 'observed', id: anId(2), seen: { orphaned: { at: 5, policy: 'upsert', cause: 'moved' } } },
    { kind: 'source', source: move.desired.source, root: '/apps' },
  ]);
});
