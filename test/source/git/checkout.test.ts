import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { finish } from '../../../src/core/steps.ts';
import { DiskTree, type FileTree } from '../../../src/source/file-tree.ts';
import { CommittedTree } from '../../../src/source/git/committed-folder.ts';
import { SnapshotReader } from '../../../src/source/git/snapshot.ts';
import { readTree } from '../../../src/source/read-tree.ts';
import { aRepository, never } from './a-repository.ts';

const aName = fc.constantFrom(
  'a',
  'b',
  'A',
  '.hidden',
  'node_modules',
  'deep',
  'ä ö',
  'x.yaml',
  'y.yml',
  'Z.JSON',
  '[a]',
  'odd\nname.yaml',
  'README.md',
  'back\\slash.yaml',
);
const aText = fc.oneof(
  fc
    .nat({ max: 1_000 })
    .map((name) => `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n  name: n${name}\nspec: {}\n`),
  fc.constantFrom('', 'a: [', 'a\r\nb\r\n', '\uFEFFa: 1', '---\n---\n'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const aLeaf = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('x.yaml', 'y.yml', 'Z.JSON', 'odd\nname.yaml') },
  { weight: 1, arbitrary: aName },
);
const aFile = fc
  .tuple(fc.array(aName, { maxLength: 3 }), aLeaf, aText)
  .map(([above, leaf, text]) => ({ path: [...above, leaf].join('/'), text }));
const anExclude = fc.subarray(['a/**', '**/x.yaml', 'deep', '*.yml', '**/[[]a]/**', 'A/b', '.hidden', '!a']);

function read(tree: FileTree) {
  const { keyFile: _, ...manifests } = defaultManifestOptions;
  return finish(readTree(tree, { maxFileBytes: 1024 * 1024, manifests }));
}

test('the manifests of a commit are those of a checkout of it, whatever is excluded', async () => {
  const { bare, commit, run, store, work, write } = await aRepository();
  run('config', 'core.autocrlf', 'false');
  const checkout = await mkdtemp(join(tmpdir(), 'vonage-gitops-checkout-'));
  let manifests = 0;
  const law = fc.asyncProperty(fc.array(aFile, { minLength: 1, maxLength: 12 }), anExclude, async (files, exclude) => {
    await rm(join(work, 'apps'), { recursive: true, force: true });
    for (const { path, text } of files) if (isFree(join(work, 'apps'), path)) await write(`apps/${path}`, text);
    const id = await commit();
    for (const name of await readdir(checkout)) await rm(join(checkout, name), { recursive: true });
    execFileSync('git', ['--git-dir', bare, '--work-tree', checkout, 'checkout', '--force', id, '--', '.'], {
      stdio: 'pipe',
    });

    const committed = await new SnapshotReader(store).read(id, 'apps', never);

    const state = read(new CommittedTree(committed, exclude));
    manifests += state?.manifests.length ?? 0;
    expect(state).toEqual(read(new DiskTree(join(checkout, 'apps'), exclude)));
  });
  try {
    await fc.assert(law, { numRuns: 40 });
    expect(manifests).toBeGreaterThan(20);
  } finally {
    await rm(checkout, { recursive: true });
  }
});

/** Whether no file is in the way of the path's directories, and no directory in its own. */
function isFree(root: string, path: string): boolean {
  const here = join(root, path);
  if (existsSync(here)) return statSync(here).isFile();
  for (let above = dirname(here); above.length >= root.length; above = dirname(above))
    if (existsSync(above)) return statSync(above).isDirectory();
  return true;
}
