import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errnoOf } from '../disk/state-error.ts';

/** A git work tree, as its files tell; git is not run. */
export interface WorkTree {
  /** Its uppermost directory. */
  readonly top: string;
  /** Where what belongs to this work tree alone is kept, such as what is checked out. */
  readonly own: string;
  /** Where what all work trees of the repository share is kept, such as settings and branches. */
  readonly shared: string;
}

/** Largest file of git that is read, in bytes. */
const largestFile = 1024 * 1024;

/** The nearest work tree from a directory up; undefined when it lies in none. @throws for a failing disk */
export function workTreeOf(directory: string): WorkTree | undefined {
  const top = topAbove(directory);
  if (top === undefined) return undefined;
  const git = join(top, '.git');
  const link = statOf(git)?.isFile() === true ? /^gitdir: (.*?)\s*$/m.exec(readGitFile(git) ?? '')?.[1] : undefined;
  const own = link === undefined ? git : resolve(top, link);
  const shared = readGitFile(join(own, 'commondir'))?.trim();
  return { top, own, shared: shared === undefined ? own : resolve(own, shared) };
}

/** The text of a file of git; undefined when there is none, or it is larger than any that is looked at. @throws for a failing disk */
export function readGitFile(path: string): string | undefined {
  const stats = statOf(path);
  if (stats === undefined || !stats.isFile() || stats.size > largestFile) return undefined;
  return readFileSync(path, 'utf8');
}

/** Not there, or closed to us: both stay so, and say no more than a directory without a repository does. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP'].includes(errnoOf(error) ?? '');
}

/** The nearest directory from here up that has a `.git` of a repository: a directory, or a file in worktrees and submodules. */
function topAbove(directory: string): string | undefined {
  const there = statOf(join(directory, '.git'));
  if (there?.isFile() === true || statOf(join(directory, '.git', 'HEAD')) !== undefined) return directory;
  return dirname(directory) === directory ? undefined : topAbove(dirname(directory));
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
