import { expect, test } from 'vitest';
import { isUpToDate, type PlannedCommit, plannedCommitNotices } from '../../../src/core/git/planned-commit.ts';
import { idOf } from '../../source/git/a-repository.ts';

const commit = { id: idOf('a'.repeat(40)), author: 'Ann', subject: 'Add Sales', at: 0 };
const accepted = { ...commit, id: idOf('b'.repeat(40)) };
const planned: PlannedCommit = {
  source: 'voice',
  commit,
  accepted,
  merge: 'none',
  verdict: 'verified',
  isShallow: false,
};

test.each([
  { verdict: 'not-asked', said: 'not verified: source "voice" asks for no signatures' },
  { verdict: 'tags-only', said: 'not verified: source "voice" asks for signed tags, and this is a commit' },
  {
    verdict: 'unsigned',
    said: 'not verified: the commit is not signed, and source "voice" would refuse it as it is',
  },
  {
    verdict: 'unknown-signer',
    key: 'SHA256:x',
    said: 'not verified: it is signed by a key that verify of source "voice" does not have (key SHA256:x)',
  },
  {
    verdict: 'bad-signature',
    key: '',
    said: 'not verified: its signature does not match its content. Find out who pushed it',
  },
] as const)('$verdict is the first thing that is said', ({ said, ...verdict }) => {
  const [first, ...more] = plannedCommitNotices({ ...planned, ...verdict, merge: 'clean' });

  expect(first).toBe(said);
  expect(more).toEqual(['planned as merged with the accepted commit bbbbbbbbbbbb']);
});

test('of a verified commit that holds the accepted one there is nothing to say', () => {
  expect(plannedCommitNotices(planned)).toEqual([]);
});

test.each([
  { merge: 'conflict', isShallow: false, said: /^not up to date: it conflicts with the accepted commit b{12}\..*undo/ },
  { merge: 'no-common-ancestor', isShallow: false, said: /^not up to date: it has no common ancestor with.* b{12}\./ },
  { merge: 'no-common-ancestor', isShallow: true, said: /history: shallow\. Rebase it.*or set history: full/ },
] as const)('$merge says why it is not up to date (shallow: $isShallow)', ({ said, ...how }) => {
  const notices = plannedCommitNotices({ ...planned, ...how });

  expect(notices).toEqual([expect.stringMatching(said)]);
});

test('it is up to date when it holds the accepted commit, by itself or merged', () => {
  const merges = ['none', 'clean', 'conflict', 'no-common-ancestor'] as const;

  expect(merges.map((merge) => isUpToDate({ merge }))).toEqual([true, true, false, false]);
});
