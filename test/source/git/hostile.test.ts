import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { finish } from '../../../src/core/steps.ts';
import { CommittedTree } from '../../../src/source/git/committed-folder.ts';
import { never } from './a-repository.ts';
import { aSource } from './a-source.ts';

/** An entry of a tree, as no checkout would make it. */
interface Entry {
  readonly mode: '100644' | '120000' | '040000' | '160000';
  readonly name: string;
  /** Of a file or a link; else the id of what is there. */
  readonly text?: string;
  readonly id?: string;
}

async function aHostileSource() {
  const made = await aSource();
  const plumb = (input: string | Buffer, ...parameters: readonly string[]) =>
    execFileSync('git', ['-C', made.work, ...parameters], { input, stdio: 'pipe' })
      .toString()
      .trim();
  const blob = (text: string) => plumb(text, 'hash-object', '-w', '--stdin');
  /** A tree of any entries, in the order given. */
  const tree = (...entries: readonly Entry[]) => {
    const bytes = entries.map(({ mode, name, text = '', id = blob(text) }) =>
      Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(id, 'hex')]),
    );
    return plumb(Buffer.concat(bytes), 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
  };
  return {
    ...made,
    tree,
    /** Pushes a commit whose directory `apps` has the entries, past the checks of the server. */
    pushTree: (...entries: readonly Entry[]) => {
      const top = tree({ mode: '040000', name: 'apps', id: tree(...entries) });
      const commit = made.run('commit-tree', '-m', 'Hostile', top);
      made.push(`${commit}:refs/heads/main`);
      return commit;
    },
  };
}

describe('what no repository should have is refused when it is fetched', () => {
  const empty = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
  test.each<{ readonly title: string; readonly entries: readonly Entry[] }>([
    { title: 'an entry .git', entries: [{ mode: '100644', name: '.git', text: 'gitdir: /etc' }] },
    { title: 'an entry .GIT', entries: [{ mode: '100644', name: '.GIT', text: 'gitdir: /etc' }] },
    { title: 'a parent directory', entries: [{ mode: '040000', name: '..', id: empty }] },
    { title: 'a path as a name', entries: [{ mode: '100644', name: '../../etc/cron.d/x', text: 'x' }] },
    {
      title: 'two entries of one name',
      entries: [
        { mode: '100644', name: 'a.yaml', text: 'one' },
        { mode: '100644', name: 'a.yaml', text: 'two' },
      ],
    },
  ])('$title', async ({ entries }) => {
    const { commit, push, pushTree, source, stored } = await aHostileSource();
    const first = await commit('apps/a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    const hostile = pushTree(...entries);

    expect(await repository.refresh(never)).toMatchObject({ result: 'failed', failure: 'malformed' });
    expect(await repository.accepted()).toMatchObject({ id: first });
    expect(() => execFileSync('git', ['--git-dir', stored, 'cat-file', '-e', hostile], { stdio: 'pipe' })).toThrow();
  });
});

describe('what is odd is read by its letters, and touches nothing else', () => {
  async function read(entries: readonly Entry[]) {
    const { pushTree, source } = await aHostileSource();
    pushTree(...entries);
    const repository = source();
    const refreshed = await repository.refresh(never);
    if (refreshed.result !== 'accepted') throw new Error(JSON.stringify(refreshed));
    const tree = new CommittedTree(await repository.snapshot(refreshed.commit.id, 'apps', never), []);
    const { files, unreadable, root } = finish(tree.list());
    const contents = files.map(({ path }) => [path, tree.read(root, path, 1024 * 1024)] as const);
    return { contents: Object.fromEntries(contents), unreadable };
  }

  test('case twins are two files', async () => {
    const { contents } = await read([
      { mode: '100644', name: 'A.yaml', text: 'one' },
      { mode: '100644', name: 'a.yaml', text: 'two' },
    ]);

    expect(contents).toMatchObject({ 'A.yaml': { text: 'one' }, 'a.yaml': { text: 'two' } });
  });

  test('a name with line breaks, tabs and quotes is one name', async () => {
    const name = 'a\n100644 blob\t"x" \u001b[31m.yaml';

    expect((await read([{ mode: '100644', name, text: 'one' }])).contents).toMatchObject({ [name]: { text: 'one' } });
  });

  test('a manifest of 10 MB is never read', async () => {
    const { contents } = await read([{ mode: '100644', name: 'a.yaml', text: 'x'.repeat(10_000_000) }]);

    expect(contents).toEqual({
      'a.yaml': { reason: 'it has 10000000 bytes, more than the limit of 1048576' },
    });
  });

  test('more manifests than the limit are told before anything is read', async () => {
    const { pushTree, source, run, work } = await aHostileSource();
    const id = execFileSync('git', ['-C', work, 'hash-object', '-w', '--stdin'], { input: 'a: 1' }).toString().trim();
    const name = (n: number) => `${String(n).padStart(5, '0')}.yaml`;
    pushTree(...Array.from({ length: 20_001 }, (_, n) => ({ mode: '100644', name: name(n), id }) as const));
    const repository = source();
    await repository.refresh(never);
    const { id: many } = (await repository.accepted()) ?? { id: undefined };

    expect(many).toBe(run('--git-dir', '../served/voice.git', 'rev-parse', 'main'));
    if (many === undefined) return;
    await expect(repository.snapshot(many, 'apps', never)).rejects.toThrow(
      'apps has 20001 manifest files, more than the limit of 20000. Nothing was changed.',
    );
  });

  test('links that lead out, also by way of others, are not followed', async () => {
    const { contents, unreadable } = await read([
      { mode: '120000', name: 'a.yaml', text: '/etc/passwd' },
      { mode: '120000', name: 'b.yaml', text: '../../../../etc/passwd' },
      { mode: '120000', name: 'c', text: '..' },
      { mode: '120000', name: 'd.yaml', text: 'c/../x.yaml' },
      { mode: '120000', name: 'e.yaml', text: '' },
      { mode: '120000', name: 'f.yaml', text: `${'f/'.repeat(3_000)}.yaml` },
    ]);

    expect(contents).toEqual({});
    expect(unreadable.map(({ path }) => path)).toEqual(['a.yaml', 'b.yaml', 'c', 'd.yaml', 'e.yaml', 'f.yaml']);
  });

  test('a submodule where manifests are asked for, and one as the directory itself', async () => {
    const { pushTree, run, push, tree, source } = await aHostileSource();
    pushTree({ mode: '160000', name: 'module', id: '1'.repeat(40) });
    const repository = source();
    const refreshed = await repository.refresh(never);
    const id = refreshed.result === 'accepted' ? refreshed.commit.id : undefined;
    expect(id).toBeDefined();
    if (id === undefined) return;
    expect(await repository.contentAt(id, 'apps/module')).toBeUndefined();
    await expect(repository.snapshot(id, 'apps/module', never)).rejects.toMatchObject({ code: 'E_SOURCE_PATH' });
    await expect(repository.snapshot(id, 'apps/module/x', never)).rejects.toMatchObject({ code: 'E_SOURCE_PATH' });

    const linked = run('commit-tree', '-m', 'Link', tree({ mode: '120000', name: 'apps', text: '/etc' }));
    push(`${linked}:refs/heads/main`);
    await repository.refresh(never);
    const accepted = await repository.accepted();
    await expect(repository.snapshot(accepted?.id ?? id, 'apps', never)).rejects.toThrow(
      'it is a file, and a directory is expected',
    );
  });
});
