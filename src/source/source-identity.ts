import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { messageOf, ReconcilerError } from '../core/errors.ts';
import { errnoOf } from '../disk/state-error.ts';
import { originUrl } from './origin-url.ts';
import { repositoryName } from './repository-name.ts';

/** Largest file of git that is read, in bytes. */
const largestFile = 1024 * 1024;

/**
 * Whose manifests a directory holds, wherever it was checked out: `git:host/path//directory` by the remote `origin` of the work tree
 * it lies in, else its absolute path. Files are read; git is not run.
 * @throws {ReconcilerError} E_SOURCE_UNREADABLE when the disk fails: who reads on would take it for another source
 */
export function sourceIdentity(root: string): string {
  const directory = resolve(root);
  try {
    const real = realpathSync.native(directory);
    const top = workTreeAbove(real);
    const config = top === undefined ? undefined : configFile(join(top, '.git'));
    const url = config === undefined ? undefined : originUrl(readText(config) ?? '');
    const name = url === undefined || top === undefined ? undefined : repositoryName(url, top);
    if (name === undefined || top === undefined) return directory;
    return `git:${name}//${relative(top, real).split(sep).join('/')}`;
  } catch (error) {
    if (isAbsent(error)) return directory;
    throw new ReconcilerError('E_SOURCE_UNREADABLE', { path: root, reason: messageOf(error) }, { cause: error });
  }
}

/** The nearest directory from here up that has a `.git` of a repository: a directory, or a file in worktrees and submodules. */
function workTreeAbove(directory: string): string | undefined {
  const there = statOf(join(directory, '.git'));
  if (there?.isFile() === true || statOf(join(directory, '.git', 'HEAD')) !== undefined) return directory;
  return dirname(directory) === directory ? undefined : workTreeAbove(dirname(directory));
}

/** Where the repository's settings are: all its worktrees share them. */
function configFile(git: string): string {
  const link = statOf(git)?.isFile() === true ? /^gitdir: (.*?)\s*$/m.exec(readText(git) ?? '')?.[1] : undefined;
  const own = link === undefined ? git : resolve(dirname(git), link);
  const shared = readText(join(own, 'commondir'))?.trim();
  return join(shared === undefined ? own : resolve(own, shared), 'config');
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function readText(path: string): string | undefined {
  const stats = statOf(path);
  if (stats === undefined || !stats.isFile() || stats.size > largestFile) return undefined;
  return readFileSync(path, 'utf8');
}

/** Not there, or closed to us: both stay so, and say no more than a directory without a repository does. */
function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP'].includes(errnoOf(error) ?? '');
}
