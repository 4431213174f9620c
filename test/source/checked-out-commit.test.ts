import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkedOutCommit } from '../../src/source/checked-out-commit.ts';
import { git } from '../git-checkout.ts';
import { aFolder } from './watching.ts';

const anyId = expect.stringMatching(/^[0-9a-f]{40}$/);

/** A work tree with one commit on the branch `main`. */
async function aWorkTree(): Promise<string> {
  const top = aFolder();
  await git(top, 'init', '-q');
  await commit(top, 'one');
  return top;
}

async function commit(top: string, name: string): Promise<void> {
  mkdirSync(join(top, 'apps'), { recursive: true });
  writeFileSync(join(top, 'apps', name), '');
  await git(top, 'add', '-A');
  await git(top, 'commit', '-q', '-m', name);
}

function branchOf(top: string, name = 'main'): string {
  return readFileSync(join(top, '.git/refs/heads', name), 'utf8').trim();
}

describe('the commit that is checked out', () => {
  test('is that of the branch, also in a directory below', async () => {
    const top = await aWorkTree();

    expect(checkedOutCommit(top)).toBe(branchOf(top));
    expect(checkedOutCommit(join(top, 'apps'))).toBe(branchOf(top));
    expect(checkedOutCommit(top)).toEqual(anyId);
  });

  test('is the same once references are packed, and the newer one after that', async () => {
    const top = await aWorkTree();
    const first = branchOf(top);
    await git(top, 'pack-refs', '--all');

    expect(checkedOutCommit(top)).toBe(first);

    await commit(top, 'two');
    expect(checkedOutCommit(top)).toBe(branchOf(top));
    expect(checkedOutCommit(top)).not.toBe(first);
  });

  test('is known without a branch, and in a worktree of its own', async () => {
    const top = await aWorkTree();
    const first = branchOf(top);
    await git(top, 'worktree', 'add', '-q', join(top, 'beside'), '-b', 'other');
    await commit(join(top, 'beside'), 'two');
    await git(top, 'checkout', '-q', '--detach');

    expect(checkedOutCommit(top)).toBe(first);
    expect(checkedOutCommit(join(top, 'beside'))).toBe(branchOf(top, 'other'));
  });

  test('is not told where there is none, or the repository is damaged', async () => {
    const [empty, damaged, hostile] = [aFolder(), await aWorkTree(), await aWorkTree()];
    await git(empty, 'init', '-q');
    rmSync(join(damaged, '.git/refs/heads/main'));
    appendFileSync(join(damaged, '.git/packed-refs'), 'not an id refs/heads/main\n');
    writeFileSync(join(hostile, 'secret'), 'a'.repeat(40));
    writeFileSync(join(hostile, '.git/HEAD'), 'ref: refs/../../secret\n');

    for (const folder of [aFolder(), join(aFolder(), 'missing'), empty, damaged, hostile])
      expect(checkedOutCommit(folder)).toBeUndefined();
  });
});
