import { describe, expect, test } from 'vitest';
import { parseObjectId } from '../../../src/core/git/object-id.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { CommitSource } from '../../../src/source/git/commit-source.ts';
import { GitSource } from '../../../src/source/git/git-source.ts';
import { patchText } from '../../core/layers/builders.ts';
import { versionText } from '../watching.ts';
import { never } from './a-repository.ts';
import { aSource } from './a-source.ts';

const identity = 'git:git.example.com/acme/voice//apps/prod';

/** A served repository with an application in `apps/base`, patched in `apps/prod`. */
async function served() {
  const at = await aSource();
  await at.commit('apps/base/a.yaml', versionText('A', 'base'), 'Add A');
  await at.commit('apps/prod/a.yaml', patchText('name: A\nlabels: { version: prod }'), 'Patch A');
  const repository = at.source();
  const publish = async () => {
    at.push();
    await repository.refresh(never);
  };
  await publish();
  const source = new GitSource({
    repository,
    name: 'voice',
    path: 'apps',
    identity,
    exclude: [],
    maxFileBytes: 10_000,
    manifests: { ...defaultManifestOptions, layers: ['base', 'prod'] },
  });
  return { ...at, publish, repository, source };
}

const told = ({ manifests }: Awaited<ReturnType<GitSource['load']>>) =>
  manifests.map(({ name, labels }) => `${name}@${labels['version']}`);

describe('layers of a repository', () => {
  test('are read of one commit, and known by the last of them', async () => {
    const { source } = await served();

    const state = await source.load();

    expect(told(state)).toEqual(['A@prod']);
    expect(state.manifests[0]?.place.file).toBe('base/a.yaml');
    expect(state.source).toBe(identity);
    expect(await source.contentNow()).toBe(state.revision.content);
  });

  test.each(['apps/base/b.yaml', 'apps/prod/b.yaml'])(
    'have another content after a change of %s, and of nothing else',
    async (file) => {
      const { source, commit, publish } = await served();
      const before = await source.contentNow();

      await commit('apps/staging/b.yaml', versionText('B', 'staging'), 'Add another environment');
      await publish();
      const beside = await source.contentNow();
      await commit(file, versionText('B', 'one'), 'Add B');
      await publish();

      expect(beside).toBe(before);
      expect(await source.contentNow()).not.toBe(before);
    },
  );

  test('stay as they were applied while one of them is missing, which is named with who removed it', async () => {
    const { source, run, publish } = await served();
    const first = await source.load();
    run('rm', '-r', '-q', 'apps/prod');
    run('commit', '-q', '-m', 'Clean up');
    await publish();

    const since = { source: identity, commit: first.revision.id, content: first.revision.content };
    const state = await source.load({ since });

    expect([told(state), state.complete]).toEqual([['A@prod'], false]);
    expect(state.problems[0]?.message).toMatch(/^"apps\/prod" is missing in commit .* by Ann.*"Clean up"/);
    expect(await source.contentNow()).toBeUndefined();
    await expect(source.load()).rejects.toMatchObject({ code: 'E_SOURCE_PATH', details: { path: 'apps/prod' } });
  });

  test('know who removed a manifest of any of them', async () => {
    const { source, run, publish } = await served();
    const first = await source.load();
    run('rm', '-q', 'apps/base/a.yaml', 'apps/prod/a.yaml');
    run('commit', '-q', '-m', 'Retire A');
    await publish();

    const since = { source: identity, commit: first.revision.id, content: first.revision.content };
    const removedIn = await source.whoRemoved('base/a.yaml', since);

    expect(removedIn?.subject).toBe('Retire A');
    expect(parseObjectId(`${removedIn?.id}`)).toBe(removedIn?.id);
  });
});

describe('layers of a commit that is planned', () => {
  test('are read of that commit, and a change of one is another content', async () => {
    const { repository, commit, publish } = await served();
    const before = await repository.accepted(never);
    await commit('apps/prod/a.yaml', patchText('name: A\nlabels: { version: next }'), 'Change the patch');
    await publish();
    const accepted = await repository.accepted(never);
    if (before === undefined || accepted === undefined) throw new Error('nothing was accepted');
    const at = (planned: typeof before) =>
      new CommitSource({
        commit: {
          planned: {
            source: 'voice',
            commit: planned,
            accepted,
            merge: 'none',
            verdict: 'not-asked',
            isShallow: false,
          },
          snapshot: (path, signal) => repository.snapshot(planned.id, path, signal),
          history: async () => 'same',
          whoRemoved: async (path) => ({ ...planned, subject: path }),
        },
        path: 'apps',
        identity,
        exclude: [],
        maxFileBytes: 10_000,
        manifests: { ...defaultManifestOptions, layers: ['base', 'prod'] },
      });

    const [one, other] = [await at(before).load(), await at(accepted).load()];
    const since = { source: identity, commit: before.id, content: one.revision.content };

    expect([told(one), told(other)]).toEqual([['A@prod'], ['A@next']]);
    expect(one.revision.content).not.toBe(other.revision.content);
    expect(other.source).toBe(identity);
    expect((await at(accepted).whoRemoved('base/a.yaml', since))?.subject).toBe('apps/base/a.yaml');
  });
});
