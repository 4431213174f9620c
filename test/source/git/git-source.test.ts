import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseObjectId } from '../../../src/core/git/object-id.ts';
import type { AppliedSource } from '../../../src/core/ledger/ledger.ts';
import { ManifestCache } from '../../../src/core/manifest/cache.ts';
import type { DesiredState } from '../../../src/core/manifest/manifest.ts';
import { GitSource, type GitSourceOptions } from '../../../src/source/git/git-source.ts';
import type { Repository } from '../../../src/source/git/repository.ts';
import { never } from './a-repository.ts';
import { aSource } from './a-source.ts';
import { somePeople } from './signers.ts';

const identity = 'git:git.example.com/acme/voice//apps';

function manifest(name: string, rest = ''): string {
  return `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: ${name} }\nspec: { capabilities: {} }\n${rest}`;
}

function reading(repository: Repository, given: Partial<GitSourceOptions> = {}): GitSource {
  return new GitSource({
    repository,
    name: 'voice',
    path: 'apps',
    identity,
    exclude: [],
    maxFileBytes: 1024 * 1024,
    cache: new ManifestCache(),
    manifests: {
      layers: [''],
      nameSuffix: '',
      variables: {},
      environment: { SECRET: 'hidden' },
      allowedEnvironment: ['SECRET'],
      credentialVariables: [],
      opaqueVariables: false,
      secrets: ['token'],
      passthroughCapabilities: [],
      scopeNames: [],
      neighborScopes: [],
    },
    ...given,
  });
}

/** A served repository with this folder, and what reads it. */
async function served(given: Partial<GitSourceOptions> = {}) {
  const at = await aSource();
  const first = await at.commit('apps/a.yaml', manifest('A'), 'Add A');
  at.push();
  const repository = at.source();
  await repository.refresh(never);
  const publish = async () => {
    at.push();
    await repository.refresh(never);
  };
  return { ...at, first, repository, publish, source: reading(repository, given) };
}

function applied({ revision, source }: DesiredState): AppliedSource {
  return { source, commit: revision.id, content: revision.content };
}

const namesOf = ({ manifests }: DesiredState) => manifests.map(({ name }) => name);

describe('manifests of a repository', () => {
  test('are those of the accepted commit, whatever is at the server by now', async () => {
    const { source, first, commit, push } = await served();
    await commit('apps/b.yaml', manifest('B'));
    push();

    const state = await source.load();

    expect(namesOf(state)).toEqual(['A']);
    expect(state).toMatchObject({
      root: identity,
      source: identity,
      complete: true,
      hiddenValues: ['hidden', 'token'],
    });
    expect(state.revision).toMatchObject({ id: first, commit: { id: first, author: 'Ann', subject: 'Add A' } });
    expect(state.history).toBeUndefined();
  });

  test('have the content of their directory: what changes elsewhere is not news', async () => {
    const { source, commit, publish } = await served();
    const before = await source.load();
    await commit('README.md', 'text');
    await publish();

    const after = await source.load({ since: applied(before) });

    expect(after.revision.id).not.toBe(before.revision.id);
    expect(after.revision.content).toBe(before.revision.content);
    expect(after.history).toBe('descendant');
  });

  test('say how they stand to what was applied, of this very directory', async () => {
    const { source, commit, publish, run } = await served();
    const before = applied(await source.load());
    await commit('apps/b.yaml', manifest('B'));
    await publish();
    const later = applied(await source.load());
    run('reset', '--quiet', '--hard', before.commit);
    await publish();

    expect((await source.load({ since: before })).history).toBe('same');
    expect((await source.load({ since: later })).history).toBe('rewound');
    expect((await source.load({ since: { ...later, source: 'git:elsewhere//' } })).history).toBeUndefined();
    expect((await source.load({ since: { ...later, commit: 'f'.repeat(40) } })).history).toBe('unknown');
  });

  test('of which one cannot be used are incomplete, with its place', async () => {
    const { source, commit, publish } = await served();
    await commit('apps/team/b.yaml', manifest('B', 'nonsense: 1\n'));
    await publish();

    expect(await source.load()).toMatchObject({
      complete: false,
      problems: [{ severity: 'error', place: { file: 'team/b.yaml', line: 5 } }],
    });
  });

  test('whose file was removed are told with the commit that did it', async () => {
    const { source, commit, publish, work } = await served();
    await commit('apps/b.yaml', manifest('B'));
    await publish();
    const since = applied(await source.load());
    await rm(join(work, 'apps/b.yaml'));
    const removal = await commit('README.md', 'text', 'Retire B');
    await publish();

    expect(await source.whoRemoved('b.yaml', since)).toMatchObject({ id: removal, subject: 'Retire B' });
    expect(await source.whoRemoved('a.yaml', since)).toBeUndefined();
    expect(await source.whoRemoved('b.yaml', { ...since, source: 'git:elsewhere//' })).toBeUndefined();
  });

  test('are parsed once for equal folders, whoever asks and however often', async () => {
    const { source, commit, publish } = await served();
    const [one, other] = await Promise.all([source.load(), source.load()]);
    await commit('README.md', 'text');
    await publish();
    const later = await source.load();
    await commit('apps/b.yaml', manifest('B'));
    await publish();

    expect(other.manifests).toBe(one.manifests);
    expect(later.manifests).toBe(one.manifests);
    expect(later.revision.id).not.toBe(one.revision.id);
    expect(namesOf(await source.load())).toEqual(['A', 'B']);
  });

  test('of the whole repository are read from its top', async () => {
    const { repository } = await served();
    const state = await reading(repository, { path: '', identity: 'git:git.example.com/acme/voice//' }).load();

    expect(state.manifests.map(({ place }) => place.file)).toEqual(['apps/a.yaml']);
  });

  test('can be read once more, with today’s variables and a key of then', async () => {
    const { source } = await served();

    const read = source.reread([{ path: 'a.yaml', text: manifest('A') }], undefined);

    expect(read.manifests.map(({ name }) => name)).toEqual(['A']);
    expect(source.unknownState()).toMatchObject({ complete: false, revision: { id: 'unknown' } });
  });
});

describe('a directory that is missing in the accepted commit', () => {
  async function moved() {
    const all = await served();
    const since = applied(await all.source.load());
    all.run('mv', 'apps', 'applications');
    const removal = await all.commit('README.md', 'text', 'Move the folder');
    await all.publish();
    return { ...all, since, removal };
  }

  test('leaves what was applied in effect, incomplete, and says who removed it', async () => {
    const { source, since, removal } = await moved();

    const state = await source.load({ since });

    expect(namesOf(state)).toEqual(['A']);
    expect(state).toMatchObject({ complete: false, history: 'same', revision: { id: since.commit } });
    expect(state.unread?.id).toBe(removal);
    expect(state.problems[0]?.message).toBe(
      `"apps" is missing in commit ${removal.slice(0, 12)}, removed in ${removal.slice(0, 12)} by Ann (unverified): "Move the folder". If it was moved, set path of the account's manifests. Commit ${since.commit.slice(0, 12)} stays in effect and nothing is deleted`,
    );
  });

  test('is an error where nothing was applied, or what was is not there any more', async () => {
    const { source, since } = await moved();
    const error = expect.objectContaining({ code: 'E_SOURCE_PATH' });

    await expect(source.load()).rejects.toEqual(error);
    await expect(source.load({ since: { ...since, commit: 'f'.repeat(40) } })).rejects.toEqual(error);
  });
});

describe('a source of which nothing was accepted', () => {
  test('is an error that names the command', async () => {
    const { source } = await aSource();

    await expect(reading(source()).load()).rejects.toThrow('Fetch it with: vonage-gitops source fetch voice');
  });

  test('waits for the first fetch, and only then', async () => {
    const { commit, push, source } = await aSource();
    await commit('apps/a.yaml', manifest('A'));
    push();
    const repository = source();
    let fetches = 0;
    const firstFetch = async () => {
      fetches += 1;
      await repository.refresh(never);
    };
    const following = reading(repository, { firstFetch });

    expect(namesOf(await following.load())).toEqual(['A']);
    await following.load();
    expect(fetches).toBe(1);
  });
});

test('a commit whose signer was taken out before it was applied is not read', async () => {
  const { commit, push, source, run, directory, applied: alreadyApplied } = await aSource();
  const people = await somePeople();
  onTestFinished(() => people.remove());
  const allowedSigners = join(directory, 'signers');
  await writeFile(allowedSigners, await people.line('ann'));
  people.signWith(run, 'ssh', 'ann');
  const first = await commit('apps/a.yaml', manifest('A'));
  push();
  const verifier = people.verifier({ allowedSigners });
  const repository = source({ rules: { verifier } });
  await repository.refresh(never);
  const following = reading(repository);
  const since = applied(await following.load());
  alreadyApplied.push(first);
  const next = await commit('apps/b.yaml', manifest('B'));
  push();
  await repository.refresh(never);
  await writeFile(allowedSigners, '');

  const state = await following.load({ since });

  expect(parseObjectId(state.revision.id)).toBe(first);
  expect(state).toMatchObject({ complete: false, unread: { id: next } });
  expect(state.problems[0]?.message).toContain(`commit ${next.slice(0, 12)} is not trusted any more`);
  await expect(following.load()).rejects.toThrow('is not trusted any more');
});
