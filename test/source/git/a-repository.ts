import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ObjectId, parseObjectId } from '../../../src/core/git/object-id.ts';
import { gitProgram } from '../../../src/git/program.ts';
import { Store } from '../../../src/source/git/store.ts';

/** The real git, with nothing of this machine's settings. */
export const git = gitProgram({ searchPath: process.env['PATH'], home: '/nonexistent' });

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** A work tree, and a store that takes its commits. */
export interface Repository {
  readonly store: Store;
  /** The store's bare repository. */
  readonly bare: string;
  readonly work: string;
  /** Runs git in the work tree. */
  run(...parameters: readonly string[]): string;
  write(path: string, text: string | Buffer): Promise<void>;
  /** Commits everything, or what is staged, and puts it into the store. */
  commit(options?: { readonly message?: string; readonly isStaged?: boolean }): Promise<ObjectId>;
}

/** An empty one, until the test ends. */
export async function aRepository(): Promise<Repository> {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-git-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const work = join(directory, 'work');
  const bare = join(directory, 'store/repository.git');
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', work]);
  const run = (...parameters: readonly string[]) =>
    execFileSync('git', ['-C', work, ...identity, ...parameters], { stdio: 'pipe' })
      .toString()
      .trim();
  const store = new Store({ directory: join(directory, 'store'), git });
  await store.prepare('sha1', never);
  return {
    store,
    bare,
    work,
    run,
    write: async (path, text) => {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    },
    commit: async ({ message = 'Change', isStaged = false } = {}) => {
      if (!isStaged) run('add', '--all');
      run('commit', '--quiet', '--allow-empty', '--message', message);
      run('push', '--quiet', '--force', bare, 'HEAD:refs/vonage-gitops/x/tip');
      return idOf(run('rev-parse', 'HEAD'));
    },
  };
}

/** The id that a text is. */
export function idOf(text: string): ObjectId {
  const id = parseObjectId(text);
  if (id === undefined) throw new Error(`not an id: ${text}`);
  return id;
}
