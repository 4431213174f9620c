import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import { type GitEnd, gitProgram } from '../git/program.ts';

/** Whether git has files of a directory, or would take a private key laid into it. */
export type Tracking =
  | { readonly answer: 'tracked' }
  | { readonly answer: 'not-tracked' }
  /** Inside the work tree `top`, and git could not tell. */
  | { readonly answer: 'unknown'; readonly top: string; readonly reason: string };

/** Longest that git may take, in milliseconds. */
const gitMs = 10_000;

/**
 * Asks git about a directory, which need not exist (its own `.gitignore` is no secret). Outside of any work tree git is not run.
 * Inside, whatever keeps git from telling is unknown, never "not tracked". `searchPath` is the PATH in which git is looked for.
 * @throws {ReconcilerError} E_STATE_UNUSABLE when the directory, or one above it, cannot be looked at
 */
export async function trackedByGit(directory: string, searchPath: string | undefined): Promise<Tracking> {
  const { path, top } = await placeOf(directory);
  if (top === undefined) return { answer: 'not-tracked' };
  const inside = relative(top, path);
  if (inside.split(sep)[0] === '.git') return { answer: 'not-tracked' }; // git never takes files of its own directory
  const git = gitIn(top, searchPath);
  const listed = await git('--literal-pathspecs', 'ls-files', '-z', '--', inside === '' ? '.' : inside);
  if (!hasExited(listed, 0)) return unknown(top, 'ls-files', listed);
  const own = join(inside, '.gitignore');
  const files = listed.output.toString().split('\0');
  if (files.some((file) => file !== '' && file !== own)) return { answer: 'tracked' };
  const ignored = await git('check-ignore', '--quiet', '--', join(inside, `${'0'.repeat(64)}.pem`));
  if (hasExited(ignored, 0)) return { answer: 'not-tracked' };
  if (hasExited(ignored, 1)) return { answer: 'tracked' };
  return (await isBare(git)) ? { answer: 'not-tracked' } : unknown(top, 'check-ignore', ignored);
}

/** @throws {ReconcilerError} E_KEY_DIRECTORY_TRACKED, E_KEY_DIRECTORY_UNCHECKED, E_STATE_UNUSABLE */
export async function assertNotTracked(path: string, searchPath: string | undefined): Promise<void> {
  const tracking = await trackedByGit(path, searchPath);
  if (tracking.answer === 'tracked') throw new ReconcilerError('E_KEY_DIRECTORY_TRACKED', { path });
  if (tracking.answer === 'not-tracked') return;
  const { top, reason } = tracking;
  throw new ReconcilerError('E_KEY_DIRECTORY_UNCHECKED', { path, top, reason });
}

/** Top of the git work tree that a directory is in, ignored by git or not; undefined outside of any. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function workTreeOf(directory: string): Promise<string | undefined> {
  return (await placeOf(directory)).top;
}

async function placeOf(directory: string): Promise<{ readonly path: string; readonly top: string | undefined }> {
  try {
    const path = await realPathOf(directory);
    return { path, top: await workTreeAbove(path) };
  } catch (error) {
    throw stateError(directory, error);
  }
}

/** Without links, as git sees it; of a directory that is not there yet, as it will be. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}

/** The nearest directory from here up that has a `.git`: a repository, or a file in worktrees and submodules. */
async function workTreeAbove(path: string): Promise<string | undefined> {
  if (await isThere(join(path, '.git'))) return path;
  return dirname(path) === path ? undefined : workTreeAbove(dirname(path));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return false;
    throw error;
  }
}

type GitHere = (...parameters: readonly string[]) => Promise<GitEnd>;

/** git in a work tree that may be anybody's, also where it is owned by another user. */
function gitIn(top: string, searchPath: string | undefined): GitHere {
  const git = gitProgram({ searchPath, home: '/nonexistent' });
  const settings = [['safe.directory', top]] as const;
  return (...parameters) => git(['-C', top, ...parameters], { settings, timeoutMs: gitMs });
}

function hasExited(end: GitEnd, code: number): end is Extract<GitEnd, { ended: 'exit' }> {
  return end.ended === 'exit' && end.code === code;
}

/** Whether the `.git` found is a repository without a work tree, such as one that only has worktrees elsewhere. */
async function isBare(git: GitHere): Promise<boolean> {
  const end = await git('rev-parse', '--is-bare-repository');
  return hasExited(end, 0) && end.output.toString().trim() === 'true';
}

function unknown(top: string, command: string, end: GitEnd): Tracking {
  return { answer: 'unknown', top, reason: `git ${command} ${howItEnded(end)}` };
}

const whyKilled = {
  timeout: `it took more than ${gitMs / 1000} s`,
  'too-large': 'it has too many files',
  stopped: 'it was stopped',
  signal: 'it was killed',
} as const;

function howItEnded(end: GitEnd): string {
  switch (end.ended) {
    case 'not-started':
      return `could not be run: ${end.errno}`;
    case 'killed':
      return `did not end by itself: ${whyKilled[end.why]}`;
    case 'exit': {
      const [line = ''] = end.said.split('\n');
      return `failed with exit code ${end.code}: ${line.slice(0, 200)}`;
    }
  }
}
