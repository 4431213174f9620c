import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { ObjectId } from '../../../src/core/git/object-id.ts';
import { finish } from '../../../src/core/steps.ts';
import { DiskTree, type FileTree } from '../../../src/source/file-tree.ts';
import { CommittedTree } from '../../../src/source/git/committed-folder.ts';
import { SnapshotReader } from '../../../src/source/git/snapshot.ts';
import { aRepository, never, type Repository } from './a-repository.ts';

async function treeOf({ store }: Repository, commit: ObjectId, path = 'apps', exclude: readonly string[] = []) {
  return new CommittedTree(await new SnapshotReader(store).read(commit, path, never), exclude);
}

/** What a tree lists, and what each file holds. */
function all(tree: FileTree) {
  const { root, files, unreadable } = finish(tree.list());
  const contents = files.map(({ path }) => {
    const content = tree.read(root, path, 1024 * 1024);
    return [path, 'text' in content ? content.text : content] as const;
  });
  return { contents: Object.fromEntries(contents), unreadable };
}

describe('the snapshot of a commit', () => {
  test('is what a checkout of it holds', async () => {
    const repository = await aRepository();
    for (const path of [
      'a.yaml',
      'b.yml',
      'c.json',
      'deep/er/d.yaml',
      '.hidden/e.yaml',
      'node_modules/f.yaml',
      'README.md',
    ])
      await repository.write(`apps/${path}`, `text of ${path}`);
    await repository.write('apps/odd\nname.yaml', 'text');
    await repository.write('apps/skip/g.yaml', 'text');
    await repository.write('elsewhere/h.yaml', 'text');
    await symlink('er', join(repository.work, 'apps/deep/link'));
    await symlink('../a.yaml', join(repository.work, 'apps/deep/a-link.yaml'));
    const commit = await repository.commit();

    const tree = await treeOf(repository, commit, 'apps', ['skip/**']);

    expect(all(tree)).toEqual(all(new DiskTree(join(repository.work, 'apps'), ['skip/**'])));
    expect(Object.keys(all(tree).contents)).toHaveLength(7);
  });

  test('is read as stored: no filter, no end of line and no attribute of the repository changes it', async () => {
    const repository = await aRepository();
    await repository.write('.gitattributes', '*.yaml eol=crlf export-ignore\n');
    await repository.write('apps/a.yaml', 'a\r\nb\n');
    repository.run('config', 'core.autocrlf', 'false');
    const commit = await repository.commit();

    const stored = repository.run('cat-file', 'blob', `${commit}:apps/a.yaml`);
    expect(
      all(await treeOf(repository, commit))
        .contents['a.yaml']?.toString()
        .trim(),
    ).toBe(stored);
    expect(await readFile(join(repository.work, 'apps/a.yaml'), 'utf8')).toContain('\r\n');
  });

  test('reads again only what is new', async () => {
    const repository = await aRepository();
    for (let n = 0; n < 20; n++) await repository.write(`apps/${n}.yaml`, `text ${n}`);
    const first = await repository.commit();
    await repository.write('apps/0.yaml', 'other');
    const second = await repository.commit();
    const reader = new SnapshotReader(repository.store);

    const before = await reader.read(first, 'apps', never);
    const after = await reader.read(second, 'apps', never);

    const same = [...after.blobs].filter(([id, bytes]) => before.blobs.get(id) === bytes);
    expect(same).toHaveLength(19);
    expect(after.content).not.toBe(before.content);
  });

  test('looks at many folders by one process of git, once', async () => {
    const repository = await aRepository();
    for (let n = 0; n < 20; n++) await repository.write(`${n}/a.yaml`, `text ${n}`);
    await repository.write('two\nlines/a.yaml', 'text');
    const commit = await repository.commit();
    const output = vi.spyOn(repository.store, 'output');
    const reader = new SnapshotReader(repository.store);
    const folders = Array.from({ length: 20 }, (_, n) => `${n}`);

    const contents = await reader.contentsAt(commit, ['none', '..', ...folders, 'none', '3/a.yaml'], never);
    await reader.contentsAt(commit, folders, never);
    const processes = output.mock.calls.length;

    expect([...contents.keys()].toSorted()).toEqual(folders.toSorted());
    expect(contents.get('7')).toBe(await new SnapshotReader(repository.store).contentAt(commit, '7'));
    expect(processes).toBe(1);
    expect((await reader.contentsAt(commit, ['no\nne', 'two\nlines', '4'], never)).size).toBe(2);
  });

  test.each([
    { title: 'out of the folder', link: '../elsewhere.yaml', reason: 'the link leads out of the manifest directory' },
    { title: 'to an absolute path', link: '/etc/passwd', reason: 'the link leads out of the manifest directory' },
    { title: 'nowhere', link: 'none.yaml', reason: 'broken link: it does not exist' },
    { title: 'to itself', link: 'l.yaml', reason: 'broken link: its links form a loop' },
    { title: 'to its parent', link: '.', reason: 'the link leads back to one of its parent directories' },
  ])('does not follow a link $title', async ({ link, reason }) => {
    const repository = await aRepository();
    await repository.write('elsewhere.yaml', 'text');
    await repository.write('apps/a.yaml', 'text');
    await symlink(link, join(repository.work, 'apps/l.yaml'));
    const commit = await repository.commit();

    expect(all(await treeOf(repository, commit))).toEqual({
      contents: { 'a.yaml': 'text' },
      unreadable: [{ path: 'l.yaml', reason }],
    });
  });

  test('says what cannot be read, and where', async () => {
    const repository = await aRepository();
    await repository.write('apps/lfs.yaml', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    await repository.write('apps/latin.yaml', Buffer.from([0xe9]));
    await repository.write('apps/large.yaml', 'x'.repeat(1024 * 1024 + 1));
    const latin1 = Buffer.concat([
      Buffer.from(join(repository.work, 'apps/')),
      Buffer.from([0xe9]),
      Buffer.from('.yaml'),
    ]);
    await writeFile(latin1, 'text');
    repository.run('add', '--all');
    repository.run('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},apps/module`);
    const commit = await repository.commit({ isStaged: true });

    const { contents, unreadable } = all(await treeOf(repository, commit));

    expect(contents).toMatchObject({
      'lfs.yaml': { reason: 'this is a Git LFS pointer: take manifests and keys out of LFS' },
      'latin.yaml': { reason: 'it is not UTF-8 text' },
      'large.yaml': { reason: 'it has 1048577 bytes, more than the limit of 1048576' },
    });
    expect(unreadable).toEqual([
      { path: '\\xe9.yaml', reason: 'its path is not UTF-8 text' },
      { path: 'module', reason: 'a submodule is not followed: give it an account source of its own' },
    ]);
    expect(all(await treeOf(repository, commit, 'apps', ['module'])).unreadable).toHaveLength(1);
  });

  test('a path that holds nothing, and one that is a file', async () => {
    const repository = await aRepository();
    await repository.write('apps/a.yaml', 'text');
    const commit = await repository.commit();

    await expect(treeOf(repository, commit, 'none')).rejects.toMatchObject({ code: 'E_SOURCE_PATH' });
    await expect(treeOf(repository, commit, 'apps/a.yaml')).rejects.toThrow('it is a file');
    expect(all(await treeOf(repository, commit, '')).contents).toEqual({ 'apps/a.yaml': 'text' });
  });
});
