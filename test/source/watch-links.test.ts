import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reportsEvents, watchPoints } from '../../src/source/watch-points.ts';
import { aFolder, version, versionText, watching, write, writeVersion } from './watching.ts';

/** Turns a link to another target in one step, as `ln -sfn` does not. */
function turn(link: string, target: string): void {
  symlinkSync(target, `${link}_tmp`);
  renameSync(`${link}_tmp`, link);
}

/** What the kubelet does to a mounted ConfigMap: new folder, `..data` turned, links for the keys, old folder removed. */
function publish(mount: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(mount, { recursive: true });
  const data = join(mount, '..data');
  const before = existsSync(data) ? readlinkSync(data) : undefined;
  const next = `..2026_11_23_${Math.random().toString(36).slice(2)}`;
  for (const [key, text] of Object.entries(files)) write(join(mount, next, key), text);
  turn(data, next);
  for (const key of Object.keys(files)) {
    if (!existsSync(join(mount, key))) symlinkSync(join('..data', key), join(mount, key));
  }
  for (const name of readdirSync(mount)) {
    if (!name.startsWith('..') && !(name in files)) unlinkSync(join(mount, name));
  }
  if (before !== undefined) rmSync(join(mount, before), { recursive: true });
}

function keys(version: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [`${name}.yaml`, versionText(name, version)]));
}

describe('a Kubernetes ConfigMap', () => {
  test('each update rings once, with exactly the new keys, however many come', async () => {
    const mount = join(aFolder(), 'config');
    publish(mount, keys('v1', ['a', 'b']));
    const { snapshots, rung, settled } = await watching(mount);

    publish(mount, keys('v2', ['a', 'b']));
    await rung(1);
    publish(mount, keys('v3', ['b', 'c', 'd']));
    await rung(2);
    publish(mount, keys('v4', ['a']));
    await rung(3);
    publish(mount, keys('v5', ['a', 'b']));
    await rung(4);
    await settled();

    expect(snapshots).toEqual([['a@v2', 'b@v2'], ['b@v3', 'c@v3', 'd@v3'], ['a@v4'], ['a@v5', 'b@v5']]);
  });

  test('50 keys at once are one change', async () => {
    const mount = aFolder();
    const names = Array.from({ length: 50 }, (_, index) => `a${10 + index}`);
    publish(mount, keys('v1', names));
    const { snapshots, rung, settled } = await watching(mount);

    for (const [index, next] of ['v2', 'v3'].entries()) {
      publish(mount, keys(next, names));
      await rung(index + 1);
      await settled();
    }

    expect(snapshots).toEqual(['v2', 'v3'].map((next) => names.map((name) => `${name}@${next}`)));
  });
});

describe('git-sync turns its link to a new work tree', () => {
  const layouts = [
    { title: 'the link is the root', root: 'current', trees: 'worktrees' },
    { title: 'the root is below the link', root: 'current/apps/main', trees: 'worktrees' },
    { title: 'the link is below the root, the trees are hidden', root: '.', trees: '.worktrees' },
  ];
  const cases = layouts.flatMap((layout) => [
    { ...layout, old: 'kept' },
    { ...layout, old: 'removed' },
  ]);

  test.each(cases)('$title, old tree $old: every turn rings once', async ({ root, trees, old }) => {
    const base = aFolder();
    const inside = root === 'current/apps/main' ? 'apps/main' : '.';
    writeVersion(join(base, trees, 'v1', inside), 'v1');
    turn(join(base, 'current'), `${trees}/v1`);
    const { snapshots, rung, settled } = await watching(join(base, root));

    const versions = ['v2', 'v3', 'v4', 'v5'];
    for (const [index, next] of versions.entries()) {
      writeVersion(join(base, trees, next, inside), next, 2 + index);
      turn(join(base, 'current'), `${trees}/${next}`);
      if (old === 'removed') rmSync(join(base, trees, `v${index + 1}`), { recursive: true });
      await rung(index + 1);
    }
    await settled();

    expect(snapshots).toEqual(versions.map((next, index) => version(next, 2 + index)));
  });

  test.each([
    { title: 'the link is the root', root: 'current', trees: 'trees' },
    { title: 'the link is below the root, the trees are hidden', root: '.', trees: '.trees' },
  ])('$title: a write into the tree that is current now rings', async ({ root, trees }) => {
    const base = aFolder();
    for (const one of ['v1', 'v2']) writeVersion(join(base, trees, one), one);
    turn(join(base, 'current'), `${trees}/v1`);
    const { snapshots, rung, settled } = await watching(join(base, root));
    turn(join(base, 'current'), `${trees}/v2`);
    await rung(1);

    writeVersion(join(base, trees, 'v1'), 'v9');
    await settled();
    expect(snapshots).toHaveLength(1);
    writeVersion(join(base, trees, 'v2'), 'v3');
    await rung(2);

    expect(snapshots[1]).toEqual(version('v3'));
  });

  test('links behind links: turning any of them rings', async () => {
    const base = aFolder();
    for (const one of ['v1', 'v2', 'v3']) writeVersion(join(base, 'trees', one), one);
    turn(join(base, 'inner'), 'trees/v1');
    mkdirSync(join(base, 'mount'));
    turn(join(base, 'mount/outer'), join(base, 'inner'));
    const { snapshots, rung } = await watching(join(base, 'mount/outer'));

    turn(join(base, 'inner'), 'trees/v2');
    await rung(1);
    turn(join(base, 'mount/outer'), '../trees/v3');
    await rung(2);

    expect(snapshots).toEqual([version('v2'), version('v3')]);
  });

  test('a link that leads nowhere for a while, and then somewhere again', async () => {
    const base = aFolder();
    writeVersion(join(base, 'trees/v1'), 'v1');
    turn(join(base, 'current'), 'trees/v1');
    const { snapshots, rung, settled } = await watching(join(base, 'current'));

    turn(join(base, 'current'), 'trees/v2');
    await settled();
    expect(snapshots).toEqual([]);
    writeVersion(join(base, 'trees/v2'), 'v2');
    await rung(1);

    expect(snapshots).toEqual([version('v2')]);
  });
});

describe('where to look', () => {
  test('a path without links: the directory above it only', () => {
    const base = aFolder();
    mkdirSync(join(base, 'manifests'));

    const { root, names } = watchPoints(join(base, 'manifests'));

    expect(root).toBe(join(base, 'manifests'));
    expect(names).toEqual(new Map([[base, new Set(['manifests'])]]));
  });

  test('links that lead in a circle are nowhere, and are told from being fixed', () => {
    const base = aFolder();
    symlinkSync('other', join(base, 'one'));
    symlinkSync('one', join(base, 'other'));
    const circle = watchPoints(join(base, 'one'));

    unlinkSync(join(base, 'other'));
    mkdirSync(join(base, 'other'));

    expect(circle.root).toBeUndefined();
    expect(circle.names).toEqual(new Map([[base, new Set(['one', 'other'])]]));
    expect(watchPoints(join(base, 'one')).key).not.toBe(circle.key);
  });

  test.each([
    { title: 'NFS', type: 0x6969, events: false },
    { title: 'CIFS', type: 0xff534d42, events: false },
    { title: 'FUSE', type: 0x65735546, events: false },
    { title: 'ext4', type: 0xef53, events: true },
    { title: 'overlayfs', type: 0x794c7630, events: true },
  ])('a $title file system reports events: $events', ({ type, events }) => {
    expect(reportsEvents('/', () => type)).toBe(events);
  });

  test('a path that is missing is taken to report events', () => {
    expect(reportsEvents(join(aFolder(), 'missing'))).toBe(true);
  });
});
