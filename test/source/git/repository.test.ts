import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/app/system-clock.ts';
import { acquireLock } from '../../../src/lock/lock.ts';
import { git, idOf, never } from './a-repository.ts';
import { aSource, lose } from './a-source.ts';

describe('without signatures', () => {
  test('the first tip is accepted, and said again after a restart', async () => {
    const { commit, push, source } = await aSource();
    const first = await commit('a.yaml');
    push();
    const repository = source();

    expect(await repository.accepted()).toBeUndefined();
    expect(await repository.refresh(never)).toEqual({
      result: 'accepted',
      ref: 'refs/heads/main',
      history: 'unknown',
      isNews: true,
      commit: { id: first, author: 'Ann', subject: 'Change a.yaml', at: expect.any(Number) },
    });
    expect(await source().accepted()).toMatchObject({ id: first });
  });

  test('what was fetched last is known from the disk, also where it was refused', async () => {
    const { commit, push, run, source } = await aSource();
    const first = await commit('a.yaml');
    push();
    const repository = source({ rules: { allowRewind: false } });
    expect(await repository.fetchedTip(never)).toBeUndefined();
    await repository.refresh(never);
    expect(await repository.fetchedTip(never)).toMatchObject({ id: first, subject: 'Change a.yaml' });
    expect(await repository.size()).toBeGreaterThan(0);
    run('tag', '--annotate', '--message', 'a tag of a tree', 'v1', 'HEAD^{tree}');
    push('refs/tags/v1:refs/tags/v1');
    const other = source({ name: 'tagged', ref: { kind: 'tag', name: 'v1' } });

    expect(await other.refresh(never)).toMatchObject({ result: 'failed', failure: 'malformed' });
    expect(await other.fetchedTip(never)).toBeUndefined();
  });

  test('a tip that goes on is news, once', async () => {
    const { commit, push, source } = await aSource();
    await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    const second = await commit('b.yaml');
    push();

    const accepted = { result: 'accepted', commit: { id: second } };
    expect(await repository.refresh(never)).toMatchObject({ ...accepted, history: 'descendant', isNews: true });
    expect(await repository.refresh(never)).toMatchObject({ ...accepted, history: 'same', isNews: false });
    expect(await source().refresh(never)).toMatchObject({ ...accepted, history: 'same', isNews: false });
  });

  test('a tip that went back, or has nothing in common, is accepted and told', async () => {
    const { commit, push, run, source } = await aSource();
    const first = await commit('a.yaml');
    await commit('b.yaml');
    push();
    const repository = source();
    await repository.refresh(never);

    push(`${first}:refs/heads/main`);
    expect(await repository.refresh(never)).toMatchObject({
      result: 'accepted',
      history: 'rewound',
      commit: { id: first },
    });
    run('checkout', '--quiet', '--orphan', 'other');
    const other = await commit('c.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({
      result: 'accepted',
      history: 'unrelated',
      commit: { id: other },
    });
    expect(await repository.accepted()).toMatchObject({ id: other });
  });

  test('a rebase has the same content: that costs no reading', async () => {
    const { commit, push, run, source } = await aSource();
    const before = await commit('apps/a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    run('commit', '--quiet', '--amend', '--message', 'Other words');
    push();

    const refreshed = await repository.refresh(never);

    expect(refreshed).toMatchObject({ history: 'unrelated', isNews: true });
    const after = idOf(run('rev-parse', 'HEAD'));
    expect(await repository.contentAt(after, 'apps')).toBe(await repository.contentAt(before, 'apps'));
    expect(await repository.contentAt(after, 'apps')).toBe(run('rev-parse', 'HEAD:apps'));
    expect(await repository.snapshot(after, 'apps', never)).toBe(await repository.snapshot(before, 'apps', never));
    for (const path of ['none', 'apps/a.yaml', '../x', './apps', '/apps'])
      expect(await repository.contentAt(after, path)).toBeUndefined();
  });

  test('a branch that is deleted, and a repository that is gone, leave what was accepted', async () => {
    const { commit, push, served, source } = await aSource();
    const first = await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);

    push(':refs/heads/main');
    expect(await repository.refresh(never)).toMatchObject({ result: 'failed', failure: 'ref-missing' });
    await rm(served, { recursive: true });
    expect(await repository.refresh(never)).toMatchObject({ result: 'failed', failure: 'not-found' });
    expect(await repository.accepted()).toMatchObject({ id: first });
  });

  test('what was accepted is answered from the disk, also of a directory that is gone since', async () => {
    const { commit, push, work, source } = await aSource();
    const first = await commit('apps/ivr.yaml');
    await commit('other.yaml');
    await rm(join(work, 'apps'), { recursive: true });
    const removed = await commit('b.yaml', 'text', 'Retire "IVR"');
    const last = await commit('c.yaml');
    push();
    const repository = source();
    await repository.refresh(never);

    expect(await repository.relation(first, last)).toBe('descendant');
    expect(await repository.whoRemoved('apps/ivr.yaml', { from: first, to: last })).toMatchObject({ id: removed });
    expect((await repository.snapshot(first, 'apps', never)).entries.size).toBe(1);
    const because = `apps of commit ${last.slice(0, 12)}: there is nothing at this path: commit ${removed.slice(0, 12)} by Ann (unverified) removed it, "Retire \\"IVR\\"". Nothing was changed`;
    await expect(repository.snapshot(last, 'apps', never)).rejects.toThrow(because);
    await expect(repository.snapshot(last, 'never-there', never)).rejects.toThrow('there is nothing at this path. ');
  });

  test('who asks for the same folder at the same time gets the same, also when the first one is stopped', async () => {
    const { commit, push, source } = await aSource();
    const first = await commit('apps/a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    const stop = new AbortController();

    const [one, other] = await Promise.all(['apps', 'apps'].map((path) => repository.snapshot(first, path, never)));
    expect(one).toBe(other);

    const again = source();
    const stopped = again.snapshot(first, 'apps', stop.signal);
    const waits = again.snapshot(first, 'apps', never);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect((await waits).content).toBe(one?.content);
  });
});

describe('what is followed', () => {
  test('a tag, not the branch of the same name', async () => {
    const { commit, push, run, source } = await aSource();
    const tagged = await commit('a.yaml');
    run('tag', '--annotate', '--message', 'One', 'main');
    await commit('b.yaml');
    push();
    push('refs/tags/main');

    expect(await source({ ref: { kind: 'tag', name: 'main' } }).refresh(never)).toMatchObject({
      result: 'accepted',
      ref: 'refs/tags/main',
      commit: { id: tagged },
    });
  });

  test('a tag of a file is malformed', async () => {
    const { commit, push, run, source } = await aSource();
    await commit('a.yaml');
    run('tag', '--annotate', '--message', 'One', 'file', 'HEAD:a.yaml');
    push('refs/tags/file');

    expect(await source({ ref: { kind: 'tag', name: 'file' } }).refresh(never)).toMatchObject({
      result: 'failed',
      failure: 'malformed',
      said: 'refs/tags/file does not name a commit',
    });
  });

  test('a commit that a branch has, by its id, and no server is asked for it again', async () => {
    const { commit, push, served, source } = await aSource();
    const wanted = await commit('a.yaml');
    await commit('b.yaml');
    push();
    const repository = source({ ref: { kind: 'commit', id: wanted } });

    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', ref: wanted, commit: { id: wanted } });
    await rm(served, { recursive: true });
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', isNews: false });
  });

  test('a commit that the server does not have is missing', async () => {
    const { commit, push, source } = await aSource();
    await commit('a.yaml');
    push();

    expect(await source({ ref: { kind: 'commit', id: '1'.repeat(40) } }).refresh(never)).toMatchObject({
      result: 'failed',
      failure: 'ref-missing',
    });
  });

  test('the highest version; when it is taken away, the lower one is a step back', async () => {
    const { commit, push, run, source } = await aSource();
    const versions: string[] = [];
    for (const tag of ['v1.9.0', 'v1.10.0', 'v2.0.0', 'v1.11.0-rc.1', 'main']) {
      versions.push(await commit(`${tag}.yaml`));
      run('tag', tag);
      push(`refs/tags/${tag}`);
    }
    const repository = source({ ref: { kind: 'semver', range: '^1.0.0' } });

    expect(await repository.refresh(never)).toMatchObject({ ref: 'refs/tags/v1.10.0', commit: { id: versions[1] } });
    push(':refs/tags/v1.10.0');
    expect(await repository.refresh(never)).toMatchObject({
      ref: 'refs/tags/v1.9.0',
      history: 'rewound',
      commit: { id: versions[0] },
    });
    expect(await source({ ref: { kind: 'semver', range: '^3.0.0' } }).refresh(never)).toMatchObject({
      result: 'failed',
      failure: 'ref-missing',
      said: 'no tag is a version in ^3.0.0',
    });
  });

  test('a lower version is a step back also where its commit goes on', async () => {
    const { commit, push, run, source } = await aSource();
    await commit('a.yaml');
    run('tag', 'v2.0.0');
    push('refs/tags/v2.0.0');
    const repository = source({ ref: { kind: 'semver', range: '*' } });
    await repository.refresh(never);
    const later = await commit('b.yaml');
    run('tag', 'v1.0.0');
    push('refs/tags/v1.0.0');
    push(':refs/tags/v2.0.0');

    expect(await repository.refresh(never)).toMatchObject({ history: 'rewound', commit: { id: later } });
  });

  test.each([
    { immutableTags: false, result: 'accepted', history: 'rewound' },
    { immutableTags: true, result: 'refused', why: 'tag-moved' },
  ])('a tag that moved on, with immutableTags $immutableTags: $result; moved back it is as it was', async (row) => {
    const { immutableTags, ...expected } = row;
    const { commit, push, run, source } = await aSource();
    const first = await commit('a.yaml');
    run('tag', 'v1');
    push('refs/tags/v1');
    const repository = source({ ref: { kind: 'tag', name: 'v1' }, rules: { immutableTags } });
    await repository.refresh(never);
    const second = await commit('b.yaml');
    run('tag', '--force', 'v1');
    push('refs/tags/v1');

    expect(await repository.refresh(never)).toMatchObject({ ...expected, commit: { id: second } });
    expect(await repository.accepted()).toMatchObject({ id: immutableTags ? first : second });
    push(`${first}:refs/tags/v1`);
    expect(await repository.refresh(never)).toMatchObject({
      result: 'accepted',
      commit: { id: first },
      isNews: !immutableTags,
    });
  });
});

describe('one store', () => {
  test('two sources of one URL have a tip and an accepted commit each', async () => {
    const { commit, push, source } = await aSource();
    const main = await commit('a.yaml');
    push();
    const next = await commit('b.yaml');
    push('HEAD:refs/heads/next');
    const [one, other] = [source(), source({ name: 'next', ref: { kind: 'branch', name: 'next' } })];

    await one.refresh(never);
    expect(await other.accepted()).toBeUndefined();
    await other.refresh(never);

    expect(await one.accepted()).toMatchObject({ id: main });
    expect(await other.accepted()).toMatchObject({ id: next });
  });

  test('what cannot be read is fetched anew by the next refresh, though the server has nothing new', async () => {
    const { commit, push, run, stored, source } = await aSource();
    const id = await commit('apps/a.yaml');
    push();
    await source().refresh(never);
    await lose(stored, run('rev-parse', 'HEAD:apps/a.yaml'));
    const repository = source();

    await expect(repository.snapshot(id, 'apps', never)).rejects.toThrow('1 files are not in it');
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id } });

    expect((await repository.snapshot(id, 'apps', never)).blobs.size).toBe(1);
    expect(readdirSync(join(stored, '..'))).toContain('damaged.git');
  });

  test('what the refs cannot name is fetched anew at once', async () => {
    const { commit, push, stored, source } = await aSource();
    const id = await commit('a.yaml');
    push();
    await source().refresh(never);
    await lose(stored, id);

    expect(await source().refresh(never)).toMatchObject({ result: 'accepted' });
  });

  test('a stop at the moment when the lock is taken is no bug', async () => {
    const { directory, commit, push, source } = await aSource();
    await commit('a.yaml');
    push();
    const stop = new AbortController();
    const lock = (signal: AbortSignal) => {
      stop.abort(new Error('daemon is stopping'));
      return acquireLock({ directory, kind: 'store', waitMs: 0, clock: systemClock, signal });
    };

    await expect(source({ lock }).refresh(stop.signal)).rejects.toMatchObject({ code: 'E_ABORTED' });
  });

  test('a poll of nothing starts git twice, and needs no lock', async () => {
    const { commit, push, source } = await aSource();
    await commit('a.yaml');
    push();
    await source().refresh(never);
    const runs: string[] = [];
    const repository = source({
      git: (parameters, run) => {
        runs.push(parameters.find((one) => /^[a-z]+-[a-z-]+$/.test(one)) ?? '');
        return git(parameters, run);
      },
      lock: async () => {
        throw new Error('no lock is needed');
      },
    });
    await repository.refresh(never);
    runs.length = 0;

    expect(await repository.refresh(never)).toMatchObject({ isNews: false });
    expect(runs).toEqual(['ls-remote', 'for-each-ref']);
  });
});
