import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { aFolder, type Snapshot, version, versionText, watching, write, writeVersion } from './watching.ts';

const run = promisify(execFile);

/** A repository whose git reads no configuration of this machine. */
class Repository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async git(...command: readonly string[]): Promise<void> {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    await run('git', ['-C', this.folder, ...identity, ...command], { env: environment });
  }

  async commit(tag: string): Promise<void> {
    await this.git('add', '-A');
    await this.git('commit', '-q', '-m', tag);
    await this.git('tag', tag);
  }
}

/** 1,000 manifests in 20 folders. */
function writeTree(root: string, of: string): void {
  for (let index = 0; index < 1000; index++) {
    write(join(root, `team-${index % 20}/a${index}.yaml`), versionText(`a${index}`, of));
  }
}

function countVersions(snapshot: Snapshot | undefined): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of snapshot ?? []) counts[one.replace(/.*@/, '')] = (counts[one.replace(/.*@/, '')] ?? 0) + 1;
  return counts;
}

describe('git checkout', () => {
  test('of 1,000 changed files rings once, with all files of one revision', async () => {
    const repository = new Repository(aFolder());
    const folder = join(repository.folder, 'applications/main');
    await repository.git('init', '-q');
    for (const tag of ['v1', 'v2']) {
      writeTree(folder, tag);
      await repository.commit(tag);
    }
    const { snapshots, rung, settled } = await watching(folder);

    for (const [index, tag] of ['v1', 'v2'].entries()) {
      await repository.git('checkout', '-q', tag);
      await rung(index + 1);
      await settled();
    }

    expect(snapshots.map(countVersions)).toEqual([{ v1: 1000 }, { v2: 1000 }]);
  });

  test('that removes the directory and brings it back', async () => {
    const repository = new Repository(aFolder());
    const folder = join(repository.folder, 'applications');
    await repository.git('init', '-q');
    write(join(repository.folder, 'README'), 'nothing yet');
    await repository.commit('v0');
    writeVersion(folder, 'v1');
    await repository.commit('v1');
    writeVersion(folder, 'v2');
    await repository.commit('v2');
    const { snapshots, rung, settled } = await watching(folder);

    await repository.git('checkout', '-q', 'v0');
    await settled();
    expect(snapshots).toEqual([]);
    await repository.git('checkout', '-q', 'v1');
    await rung(1);

    expect(snapshots).toEqual([version('v1')]);
  });
});

describe('while git holds its lock', () => {
  test('nothing rings, however quiet it is; then everything rings once', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    mkdirSync(join(root, '.git'));
    const { snapshots, rung, settled } = await watching(root);
    const lock = join(root, '.git/index.lock');

    write(lock, '');
    write(join(root, 'a0.yaml'), versionText('a0', 'v2'));
    await settled();
    expect(snapshots).toEqual([]);
    writeVersion(root, 'v2');
    rmSync(lock);
    await rung(1);

    expect(snapshots).toEqual([version('v2')]);
  });

  test('the lock of an additional work tree counts, too', async () => {
    const base = aFolder();
    const root = join(base, 'tree');
    writeVersion(root, 'v1');
    const lock = join(base, 'repository/worktrees/tree/index.lock');
    write(lock, '');
    write(join(root, '.git'), 'gitdir: ../repository/worktrees/tree\n');
    const { snapshots, rung, settled } = await watching(root);

    writeVersion(root, 'v2');
    await settled();
    expect(snapshots).toEqual([]);
    rmSync(lock);
    await rung(1);

    expect(snapshots).toEqual([version('v2')]);
  });

  test('a lock that was left behind delays, and does not blind', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    write(join(root, '.git/index.lock'), '');
    const { snapshots, rung } = await watching(root, { maxWaitMs: 700 });

    writeVersion(root, 'v2');
    await rung(1);

    expect(snapshots).toEqual([version('v2')]);
  });
});
