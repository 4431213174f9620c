import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DiskTree, type FileTree } from '../../src/source/file-tree.ts';
import { started, told } from './kept.ts';
import { aFolder, versionText, write } from './watching.ts';

/** Manifests of which something changes between any two checks, as long as they are restless. */
class Restless implements FileTree {
  restless = false;
  #looks = 0;
  readonly #disk: DiskTree;

  constructor(root: string) {
    this.#disk = new DiskTree(root, []);
  }

  *list() {
    const listing = yield* this.#disk.list();
    this.#looks += 1;
    const files = listing.files.map((file) => ({
      ...file,
      stamp: `${file.stamp} ${this.restless ? this.#looks : ''}`,
    }));
    return { ...listing, files };
  }

  read(root: string, path: string, maxBytes: number) {
    return this.#disk.read(root, path, maxBytes);
  }
}

const settle = { attempts: 3, pauseMs: 0 };

function moving(base = aFolder(), environment: Readonly<Record<string, string>> = {}) {
  const root = join(base, 'manifests');
  const tree = new Restless(root);
  const options = { environment, allowedEnvironment: Object.keys(environment) };
  return { base, tree, ...started(base, options, { root, tree, settle }) };
}

const problem = (revision: string) => ({
  severity: 'error',
  place: { file: '.', line: 1, column: 1 },
  path: '',
  message: `the manifests keep changing and cannot be read consistently: revision ${revision} stays enforced and nothing is deleted. Wait until nothing writes to them`,
});

test('while manifests keep changing the last stable revision stays enforced, and nothing is deleted', async () => {
  const { root, tree, source, logged } = moving();
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  write(join(root, 'b.yaml'), versionText('b', 'v1'));
  const stable = await source.load();
  tree.restless = true;
  write(join(root, 'a.yaml'), versionText('a', 'v2'));
  rmSync(join(root, 'b.yaml'));

  const state = await source.load();

  expect(told(state)).toEqual({ manifests: ['a@v1', 'b@v1'], broken: [], complete: false });
  expect(state.revision).toEqual(stable.revision);
  expect(state.enforced).toEqual({ count: 2, revision: stable.revision.id });
  expect(state.problems).toEqual([problem(stable.revision.id)]);
  expect(logged).toContain('manifests keep changing: the last revision stays enforced');
});

test('when they have settled, the new revision is enforced whole', async () => {
  const { root, tree, source } = moving();
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  await source.load();
  tree.restless = true;
  write(join(root, 'a.yaml'), versionText('a', 'v2'));
  await source.load();
  await source.load();
  tree.restless = false;

  expect(told(await source.load())).toEqual({ manifests: ['a@v2'], broken: [], complete: true });
});

test('a manifest that was broken before stays so, and is told beside', async () => {
  const { root, tree, source } = moving();
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  await source.load();
  write(join(root, 'a.yaml'), `${versionText('a', 'v2')}  nonsense: 1\n`);
  const before = await source.load();
  tree.restless = true;

  const state = await source.load();

  expect(told(state)).toEqual({ manifests: ['a@v1'], broken: [], complete: false });
  expect(state.problems).toEqual([problem(before.revision.id), ...before.problems]);
});

test('after a restart what is kept of them is enforced, values from the environment still unseen', async () => {
  const environment = { SECRET: 'hidden' };
  const { base, root, source } = moving(aFolder(), environment);
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  write(join(root, 'team/b.yaml'), versionText('b', 'v1'));
  const { revision } = await source.load();

  const again = moving(base, environment);
  again.tree.restless = true;
  const state = await again.source.load();

  expect(told(state)).toEqual({ manifests: ['a@v1', 'b@v1'], broken: [], complete: false });
  expect(state).toMatchObject({
    root,
    revision,
    enforced: { count: 2, revision: revision.id },
    hiddenValues: ['hidden'],
  });
  expect(state.problems).toEqual([problem(revision.id)]);
});

test('after a restart the first revision that settles is not taken for what is kept', async () => {
  const { base, root, source } = moving();
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  await source.load();
  const again = moving(base);
  again.tree.restless = true;
  await again.source.load();
  write(join(root, 'a.yaml'), versionText('a', 'v2'));
  again.tree.restless = false;

  expect(told(await again.source.load())).toEqual({ manifests: ['a@v2'], broken: [], complete: true });
});

test('when nothing is known of an earlier moment, it is an error', async () => {
  const { root, tree, source } = moving();
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  tree.restless = true;

  await expect(source.load()).rejects.toMatchObject({ code: 'E_SOURCE_UNREADABLE', details: { unsettled: true } });
});

test('a directory that is gone is an error, whatever is known of an earlier moment', async () => {
  const { root, source } = moving();
  write(join(root, 'a.yaml'), versionText('a', 'v1'));
  await source.load();
  rmSync(root, { recursive: true });

  await expect(source.load()).rejects.toMatchObject({
    code: 'E_SOURCE_UNREADABLE',
    details: { reason: 'it does not exist' },
  });
});
