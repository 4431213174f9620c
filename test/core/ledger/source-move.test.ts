import { expect, test } from 'vitest';
import { moveRecords, undeclaredEntries } from '../../../src/core/ledger/source-move.ts';
import { aLedger, aManifest, anEntry, anId, aRevision } from '../../builders.ts';

const owned = aLedger({
  entries: [
    anEntry({ id: anId(1), name: 'Named' }),
    anEntry({ id: anId(2), name: 'Earlier' }),
    anEntry({ id: anId(3), name: 'Pinned' }),
    anEntry({ id: anId(4), name: 'Left' }),
  ],
});

test('what no manifest means by name, earlier name or id is left behind', () => {
  const manifests = [
    aManifest({ name: 'Named' }),
    aManifest({ name: 'Renamed', formerly: ['Earlier'] }),
    aManifest({ name: 'Another', id: anId(3) }),
  ];

  expect(undeclaredEntries(owned, { manifests }).map(({ name }) => name)).toEqual(['Left']);
  expect(undeclaredEntries(owned, { manifests: [] })).toHaveLength(4);
});

test('what is left behind stays kept, since when it first was', () => {
  const move = {
    desired: { source: 'git:b//', root: '/b', revision: aRevision('r2') },
    policy: { policy: 'sync' },
    now: 50,
  } as const;
  const removed = anEntry({ id: anId(5), orphaned: { at: 10, policy: 'upsert' } });
  const moved = anEntry({ id: anId(6), orphaned: { at: 20, policy: 'sync', cause: 'moved' } });
  const orphaned = (at: number, policy: string) => ({ orphaned: { at, policy, cause: 'moved' } });

  expect(moveRecords([anEntry(), removed, moved], move)).toMatchObject([
    { kind: 'observed', id: anId(1), seen: orphaned(50, 'sync') },
    { kind: 'observed', id: anId(5), seen: orphaned(10, 'upsert') },
    { kind: 'source', source: 'git:b//', root: '/b', ...orphaned(50, 'sync') },
  ]);
});
