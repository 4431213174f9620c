import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectId } from '../../../src/core/git/object-id.ts';
import type { Opened } from '../../../src/source/git/planned-commits.ts';
import { git, idOf, never } from './a-repository.ts';
import { aSource, lose } from './a-source.ts';
import { type People, somePeople } from './signers.ts';

function opened(one: Opened) {
  if (one.result !== 'opened') throw new Error(`not opened: ${JSON.stringify(one)}`);
  return one.commit;
}

/** A source with two files on main, which is accepted. */
async function accepted(options: Parameters<Awaited<ReturnType<typeof aSource>>['source']>[0] = {}) {
  const made = await aSource();
  await made.commit('apps/a.yaml', 'a');
  const main = await made.commit('apps/b.yaml', 'b');
  made.push();
  const repository = made.source(options);
  await repository.refresh(never);
  return {
    ...made,
    main,
    repository,
    plans: join(made.directory, 'state/.git-sources/voice/plans/repository.git'),
    /** A commit on a branch of its own, which is pushed. */
    branch: async (name: string, path: string, content: string | Buffer, from: string = main): Promise<ObjectId> => {
      made.run('checkout', '--quiet', '-B', name, from);
      const id = await made.commit(path, content);
      made.push(`HEAD:refs/heads/${name}`);
      made.run('checkout', '--quiet', 'main');
      return id;
    },
  };
}

const files = async (one: Opened) => [...(await opened(one).snapshot('apps', never)).entries.keys()].toSorted();

describe('what is planned of a commit', () => {
  test('that holds the accepted one is the commit itself', async () => {
    const { branch, repository, main } = await accepted();
    const id = await branch('feature', 'apps/c.yaml', 'c');

    const one = await repository.planned.open(id, never);

    expect(opened(one).planned).toMatchObject({
      source: 'voice',
      commit: { id, author: 'Ann', subject: 'Change apps/c.yaml' },
      accepted: { id: main },
      merge: 'none',
      verdict: 'not-asked',
      isShallow: false,
    });
    expect(await files(one)).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
    expect(await opened(one).touched(['elsewhere', 'apps', 'a\nb', '../apps'], never)).toEqual(new Set(['apps']));
  });

  test('that lacks what was merged since is its merge with that, so nothing of it seems to be undone', async () => {
    const { branch, commit, push, repository, main } = await accepted();
    const id = await branch('feature', 'apps/c.yaml', 'c');
    const later = await commit('apps/d.yaml', 'd');
    push();
    await repository.refresh(never);

    const one = await repository.planned.open(id, never);

    expect(opened(one).planned).toMatchObject({ merge: 'clean', commit: { id }, accepted: { id: later } });
    expect(await files(one)).toEqual(['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml']);
    expect(await opened(one).history(main, never)).toBe('descendant');
    expect(await opened(one).history(later, never)).toBe('descendant');
  });

  test.each([
    { title: 'conflicts', path: 'apps/d.yaml', orphan: false, merge: 'conflict' },
    { title: 'has nothing in common with it', path: 'apps/e.yaml', orphan: true, merge: 'no-common-ancestor' },
  ])('that $title is the commit itself, and not up to date', async ({ path, orphan, merge }) => {
    const { branch, commit, push, run, repository } = await accepted();
    if (orphan) run('checkout', '--quiet', '--orphan', 'other');
    const other = orphan ? await commit(path, 'x') : undefined;
    if (orphan) push('HEAD:refs/heads/other');
    run('checkout', '--quiet', 'main');
    const id = other ?? (await branch('feature', path, 'mine'));
    const later = await commit('apps/d.yaml', 'theirs');
    push();
    await repository.refresh(never);

    const one = await repository.planned.open(id, never);

    expect(opened(one).planned).toMatchObject({ merge });
    expect(await opened(one).history(later, never)).toBe('unrelated');
    expect(await files(one)).toContain(path.slice('apps/'.length));
  });

  test('that was merged long ago is what is accepted', async () => {
    const { run, repository } = await accepted();
    const first = idOf(run('rev-parse', 'HEAD^'));

    const one = await repository.planned.open(first, never);

    expect(opened(one).planned.merge).toBe('clean');
    expect(await opened(one).touched(['apps'], never)).toEqual(new Set());
  });

  test('names who removed a manifest: on the branch, or in what it is merged with', async () => {
    const { branch, commit, push, run, repository, main } = await accepted();
    run('rm', '--quiet', 'apps/a.yaml');
    const onMain = await commit('other.txt', 'x', 'Retire a');
    push();
    await repository.refresh(never);
    run('checkout', '--quiet', '-b', 'feature', main);
    run('rm', '--quiet', 'apps/b.yaml');
    const onBranch = await commit('more.txt', 'x', 'Retire b');
    push('HEAD:refs/heads/feature');
    const tip = await branch('feature', 'more.txt', 'y', onBranch);

    const one = opened(await repository.planned.open(tip, never));

    expect(await one.whoRemoved('apps/b.yaml', main, never)).toMatchObject({ id: onBranch, subject: 'Retire b' });
    expect(await one.whoRemoved('apps/a.yaml', main, never)).toMatchObject({ id: onMain, subject: 'Retire a' });
    expect(await one.whoRemoved('apps/x.yaml', main, never)).toBeUndefined();
    const direct = opened(await repository.planned.open(onBranch, never));
    expect(await direct.whoRemoved('apps/b.yaml', main, never)).toBe(direct.planned.commit);
  });
});

describe('a commit is looked for', () => {
  test('on branches only: what is in the refs of pull requests alone is elsewhere, and so is what no branch has', async () => {
    const { commit, push, run, repository } = await accepted();
    run('checkout', '--quiet', '-b', 'fork');
    const pull = await commit('apps/evil.yaml', 'evil');
    push('HEAD:refs/pull/1/head');
    push('HEAD:refs/merge-requests/1/head');

    expect(await repository.planned.open(pull, never)).toEqual({ result: 'elsewhere' });
    expect(await repository.planned.open(idOf('1'.repeat(40)), never)).toEqual({ result: 'elsewhere' });
    push('HEAD:refs/heads/from-fork');
    expect((await repository.planned.open(pull, never)).result).toBe('opened');
  });

  test('below the tips of branches, too, also when a branch became a directory of branches', async () => {
    const { branch, run, push, repository } = await accepted();
    const below = await branch('feature', 'apps/c.yaml', 'c');
    await branch('feature', 'apps/d.yaml', 'd', below);
    expect((await repository.planned.open(below, never)).result).toBe('opened');
    push(':refs/heads/feature');
    run('branch', '--delete', '--force', 'feature');
    const other = await branch('feature/one', 'apps/e.yaml', 'e');
    await branch('feature/one', 'apps/f.yaml', 'f', other);

    expect((await repository.planned.open(other, never)).result).toBe('opened');
    expect(await repository.planned.open(below, never)).toEqual({ result: 'elsewhere' }); // its branch is gone
  });

  test('and of branches that are stored as they are at the server, and of twins, nothing is fetched again', async () => {
    const fetched: string[] = [];
    const watching: typeof git = (parameters, run) => {
      if (parameters.includes('fetch')) fetched.push(...((run.input ?? []) as string[]));
      return git(parameters, run);
    };
    const unknown = idOf('1'.repeat(40));
    const { branch, push, repository } = await accepted({ git: watching });
    const below = await branch('one', 'apps/c.yaml', 'c');
    const tip = await branch('one', 'apps/d.yaml', 'd', below);
    push(`${tip}:refs/heads/two`);
    fetched.length = 0;

    expect(await repository.planned.open(unknown, never)).toEqual({ result: 'elsewhere' });
    expect(fetched).toHaveLength(2); // main, and one of the twins
    expect(await repository.planned.open(unknown, never)).toEqual({ result: 'elsewhere' });
    expect(fetched).toHaveLength(2);

    push(':refs/heads/one');
    expect(await repository.planned.open(unknown, never)).toEqual({ result: 'elsewhere' });
    expect((await repository.planned.open(below, never)).result).toBe('opened'); // still below the other twin
    push(`+${below}:refs/heads/two`);
    expect(await repository.planned.open(unknown, never)).toEqual({ result: 'elsewhere' });
    expect(await repository.planned.open(tip, never)).toEqual({ result: 'elsewhere' });
    expect((await repository.planned.open(below, never)).result).toBe('opened');
    push('+refs/heads/main:refs/heads/two');
    expect(await repository.planned.open(unknown, never)).toEqual({ result: 'elsewhere' });
    expect(await repository.planned.open(below, never)).toEqual({ result: 'elsewhere' });
  });

  test('only once at the server, and not for what is accepted', async () => {
    let fetches = 0;
    const counting: typeof git = (parameters, run) => {
      if (parameters.includes('fetch') || parameters.includes('ls-remote')) fetches++;
      return git(parameters, run);
    };
    const { branch, main, repository } = await accepted({ git: counting });
    const id = await branch('feature', 'apps/c.yaml', 'c');
    fetches = 0;

    await repository.planned.open(main, never);
    expect(fetches).toBe(0);
    await repository.planned.open(id, never);
    expect(fetches).toBe(2);
    await repository.planned.open(id, never);
    expect(fetches).toBe(2);
  });

  test('in vain while nothing was accepted', async () => {
    const { commit, push, source } = await aSource();
    const id = await commit('apps/a.yaml');
    push();

    await expect(source().planned.open(id, never)).rejects.toMatchObject({ code: 'E_SOURCE_NOT_FETCHED' });
  });

  test('where no branch is any more', async () => {
    const { run, served, repository } = await accepted();
    execFileSync('git', ['--git-dir', served, 'update-ref', '-d', 'refs/heads/main']);
    run('checkout', '--quiet', '-b', 'never-pushed');

    expect(await repository.planned.open(idOf('1'.repeat(40)), never)).toEqual({ result: 'elsewhere' });
  });

  test('of the SHA-256 format, too', async () => {
    const { commit, push, run, source } = await aSource('sha256');
    await commit('apps/a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    run('checkout', '--quiet', '-b', 'feature');
    const id = await commit('apps/b.yaml');
    push('HEAD:refs/heads/feature');

    expect(await files(await repository.planned.open(id, never))).toEqual(['a.yaml', 'b.yaml']);
  });

  test('where history is shallow: what is not stored has no ancestor in common, and that is said to be so', async () => {
    const { branch, run, repository, main } = await accepted({ remote: { history: 'shallow' } });
    const first = run('rev-parse', `${main}^`);
    const ahead = await branch('ahead', 'apps/c.yaml', 'c');
    const behind = await branch('behind', 'apps/d.yaml', 'd', first);

    const plans = [await repository.planned.open(ahead, never), await repository.planned.open(behind, never)];

    expect(plans.map((one) => opened(one).planned)).toMatchObject([
      { merge: 'none', isShallow: true },
      { merge: 'no-common-ancestor', isShallow: true },
    ]);
  });
});

describe('the source stays as it is', () => {
  const stateOf = (repository: string) =>
    execFileSync('git', ['--git-dir', repository, 'for-each-ref', '--format=%(refname) %(objectname)']).toString();

  test('when a commit is planned: its objects and refs are elsewhere', async () => {
    const { branch, stored, repository } = await accepted();
    const id = await branch('feature', 'apps/c.yaml', 'c');
    const before = [stateOf(stored), readdirSync(join(stored, 'objects')).toSorted()];

    await repository.planned.open(id, never);

    expect([stateOf(stored), readdirSync(join(stored, 'objects')).toSorted()]).toEqual(before);
    await expect(repository.commit(id)).resolves.toBeUndefined();
  });

  test('when the server is away', async () => {
    const { main, served, repository, stored } = await accepted();
    const before = stateOf(stored);
    await rm(served, { recursive: true });

    expect(await repository.planned.open(idOf('1'.repeat(40)), never)).toMatchObject({
      result: 'failed',
      failure: 'not-found',
    });
    expect(stateOf(stored)).toBe(before);
    expect((await repository.planned.open(main, never)).result).toBe('opened');
  });

  test('when a branch has what no repository should have, which is planned by nobody', async () => {
    const { run, push, repository, stored, work, branch } = await accepted();
    const plumb = (input: string | Buffer, ...parameters: readonly string[]) =>
      execFileSync('git', ['-C', work, ...parameters], { input, stdio: 'pipe' })
        .toString()
        .trim();
    const entry = Buffer.concat([
      Buffer.from('100644 .git\0'),
      Buffer.from(plumb('x', 'hash-object', '-w', '--stdin'), 'hex'),
    ]);
    const tree = plumb(entry, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
    const hostile = idOf(run('commit-tree', '-m', 'Hostile', tree));
    push(`${hostile}:refs/heads/hostile`);
    const before = stateOf(stored);

    expect(await repository.planned.open(hostile, never)).toMatchObject({ result: 'failed', failure: 'malformed' });
    expect(stateOf(stored)).toBe(before);
    const good = await branch('good', 'apps/c.yaml', 'c');
    expect((await repository.planned.open(good, never)).result).toBe('opened');
  });

  test('when branches have more than may be fetched for a plan, and what earlier plans left is given up first', async () => {
    const { branch, repository, plans, stored } = await accepted({ plansMaxBytes: 3_000_000 });
    const large = await branch('large', 'large.bin', randomBytes(2_000_000));
    const another = await branch('another', 'large.bin', randomBytes(2_000_000));
    const larger = await branch('larger', 'large.bin', randomBytes(4_000_000));
    const before = stateOf(stored);

    expect((await repository.planned.open(large, never)).result).toBe('opened');
    expect((await repository.planned.open(another, never)).result).toBe('opened');
    expect(await repository.planned.open(larger, never)).toMatchObject({ result: 'failed', failure: 'too-large' });
    expect(existsSync(plans)).toBe(false);
    expect(stateOf(stored)).toBe(before);
    expect((await repository.planned.open(large, never)).result).toBe('opened');
  });

  test('when there is too little room on the disk', async () => {
    const { branch, source, repository } = await accepted();
    const id = await branch('feature', 'apps/c.yaml', 'c');
    const full = source({ leastFreeBytes: Number.MAX_SAFE_INTEGER });

    expect(await full.planned.open(id, never)).toMatchObject({ result: 'failed', failure: 'disk-full' });
    expect((await repository.planned.open(id, never)).result).toBe('opened');
  });

  test('when the fetch is stopped', async () => {
    const stop = new AbortController();
    let armed = false;
    const { branch, repository } = await accepted({
      git: (parameters, run) => {
        if (armed && parameters.includes('fetch')) stop.abort();
        return git(parameters, run);
      },
    });
    const id = await branch('feature', 'apps/c.yaml', 'c');
    armed = true;

    await expect(repository.planned.open(id, stop.signal)).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect((await repository.planned.open(id, never)).result).toBe('opened');
  });
});

describe('what was fetched for plans', () => {
  test('is made anew where it is damaged, or was left by a fetch that was killed', async () => {
    const { branch, directory, repository, plans, source } = await accepted();
    const id = await branch('feature', 'apps/c.yaml', 'c');
    await repository.planned.open(id, never);
    await lose(plans, id);
    expect((await repository.planned.open(id, never)).result).toBe('opened');
    await writeFile(join(directory, 'state/.git-sources/voice/plans/unfinished'), '');
    expect((await source().planned.open(id, never)).result).toBe('opened');
    await rm(join(plans, 'objects/pack'), { recursive: true });
    await rm(join(plans, 'refs'), { recursive: true });
    expect((await source().planned.open(id, never)).result).toBe('opened');
  });

  test('is removed after a day: by the next plan, and by the source where no one asks', async () => {
    let now = Date.now();
    const { branch, commit, push, repository, plans } = await accepted({ now: () => now });
    const id = await branch('feature', 'apps/c.yaml', 'c');
    await repository.planned.open(id, never);
    const heads = () =>
      execFileSync('git', ['--git-dir', plans, 'for-each-ref', 'refs/vonage-gitops/heads']).toString();
    expect(heads()).toContain(id);
    now += 25 * 60 * 60 * 1000;
    await repository.planned.open(idOf(await commit('apps/x.yaml')), never);
    expect(existsSync(plans)).toBe(true);
    now += 27 * 60 * 60 * 1000;
    push();
    await repository.refresh(never);

    expect(existsSync(plans)).toBe(false);
  });
});

describe('signatures', () => {
  let people: People;
  beforeAll(async () => {
    people = await somePeople();
  }, 60_000);
  afterAll(() => people.remove());

  const signers = async () => {
    await writeFile(join(people.keys, 'signers'), await people.line('ann'));
    return people.verifier({ allowedSigners: join(people.keys, 'signers') });
  };

  test.each([
    { by: 'ann', mode: 'head', verdict: { verdict: 'verified', commit: { signer: 'ann@example.com' } } },
    { by: 'bob', mode: 'head', verdict: { verdict: 'unknown-signer', key: expect.stringMatching(/^SHA256:/) } },
    { by: undefined, mode: 'head', verdict: { verdict: 'unsigned' } },
    { by: 'ann', mode: 'all', verdict: { verdict: 'unsigned' } },
    { by: 'ann', mode: 'tag', verdict: { verdict: 'tags-only' } },
  ] as const)('of $by where $mode is verified', async ({ by, mode, verdict }) => {
    const { run, commit, push, source, repository } = await accepted();
    run('checkout', '--quiet', '-b', 'feature');
    await commit('apps/x.yaml', 'unsigned one below');
    if (by !== undefined) people.signWith(run, 'ssh', by);
    const id = await commit('apps/c.yaml');
    push('HEAD:refs/heads/feature');
    const verifying = source({ rules: { verifier: await signers(), verify: mode } });

    const one = opened(await verifying.planned.open(id, never));

    expect(one.planned).toMatchObject(verdict);
    expect(one.planned.commit.signer).toBe(verdict.verdict === 'verified' ? 'ann@example.com' : undefined);
    expect(await repository.accepted()).not.toMatchObject({ id });
  });
});

test('a merge runs no program that attributes of the repository name', async () => {
  const { branch, commit, push, repository, directory } = await accepted();
  const attributes = '*.yaml merge=evil filter=evil diff=evil\n';
  const id = await branch('feature', '.gitattributes', attributes);
  const tip = await branch('feature', 'apps/a.yaml', 'mine\n', id);
  await commit('apps/b.yaml', 'theirs\n');
  push();
  await repository.refresh(never);
  const plans = join(directory, 'state/.git-sources/voice/plans/repository.git');

  expect(await files(await repository.planned.open(tip, never))).toEqual(['a.yaml', 'b.yaml']);
  const settings = execFileSync('git', ['--git-dir', plans, 'config', '--local', '--list']).toString();
  expect(settings).not.toMatch(/merge|filter|diff/);
});
