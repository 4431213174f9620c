import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeAuthor } from '../../../src/core/git/commit-info.ts';
import { commitInfo, mergedWith, relation, whoRemoved } from '../../../src/source/git/commits.ts';
import { aRepository, idOf } from './a-repository.ts';

test('a commit is known by author, subject and time, however long they are', async () => {
  const { store, commit, write, run } = await aRepository();
  await write('a.yaml', 'text');
  run('config', 'user.name', 'Ann\u0007 "Ä"');
  const id = await commit({ message: `${'x'.repeat(150)}\n\nMore` });

  const info = await commitInfo(store, id);

  expect(info).toEqual({ id, author: 'Ann', subject: 'x'.repeat(100), at: expect.any(Number) });
  expect(Date.now() - info.at).toBeLessThan(600_000);
  expect(describeAuthor(info)).toBe('Ann (unverified)');
  expect(describeAuthor({ ...info, signer: 'ann@example.com' })).toBe('ann@example.com');
});

describe('how a commit stands to an earlier one', () => {
  test('the same, a descendant, rewound, unrelated, or unknown', async () => {
    const { store, commit, run } = await aRepository();
    const first = await commit();
    const second = await commit();
    run('checkout', '--quiet', '--orphan', 'other');
    const other = await commit({ message: 'Other' });

    expect(await relation(store, first, first)).toBe('same');
    expect(await relation(store, first, second)).toBe('descendant');
    expect(await relation(store, second, first)).toBe('rewound');
    expect(await relation(store, second, other)).toBe('unrelated');
    expect(await relation(store, idOf('1'.repeat(40)), second)).toBe('unknown');
  });
});

test('who removed a file is told, also one of an odd name', async () => {
  const { store, commit, write, work } = await aRepository();
  await write('apps/[a]*.yaml', 'text');
  await write('apps/b.yaml', 'text');
  const from = await commit();
  await rm(join(work, 'apps/[a]*.yaml'));
  const removed = await commit({ message: 'Retire IVR' });
  await rm(join(work, 'apps/b.yaml'));
  const to = await commit({ message: 'Retire another' });

  expect(await whoRemoved(store, 'apps/[a]*.yaml', { from, to })).toMatchObject({ id: removed, subject: 'Retire IVR' });
  expect(await whoRemoved(store, 'apps/[a]*.yaml', { from: removed, to })).toBeUndefined();
  expect(await whoRemoved(store, 'apps/none.yaml', { from, to })).toBeUndefined();
});

describe('a merge in the store', () => {
  test('makes a tree of both', async () => {
    const { store, commit, write, run } = await aRepository();
    await write('a.yaml', 'text');
    await commit();
    run('checkout', '--quiet', '-b', 'branch');
    await write('b.yaml', 'text');
    const branch = await commit();
    run('checkout', '--quiet', 'main');
    await write('c.yaml', 'text');
    const main = await commit();

    const merged = await mergedWith(store, branch, main);

    const tree = 'tree' in merged ? merged.tree : '';
    expect((await store.output(['ls-tree', '--name-only', tree])).toString()).toBe('a.yaml\nb.yaml\nc.yaml\n');
  });

  test('is not made where both changed the same, and where they have nothing in common', async () => {
    const { store, commit, write, run } = await aRepository();
    await write('a.yaml', 'text');
    await commit();
    run('checkout', '--quiet', '-b', 'branch');
    await write('a.yaml', 'one');
    const branch = await commit();
    run('checkout', '--quiet', 'main');
    await write('a.yaml', 'other');
    const main = await commit();
    run('checkout', '--quiet', '--orphan', 'other');
    await write('a.yaml', 'elsewhere');
    const orphan = await commit();

    expect(await mergedWith(store, branch, main)).toEqual({ merge: 'conflict' });
    expect(await mergedWith(store, orphan, main)).toEqual({ merge: 'no-common-ancestor' });
  });
});
