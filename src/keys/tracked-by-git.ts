import { execFile } from 'node:child_process';
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { ReconcilerError } from '../core/errors.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';

const run = promisify(execFile);

/** Whether git has files of a directory, or would take a private key laid into it. */
export type Tracking =
  | { readonly answer: 'tracked' }
  | { readonly answer: 'not-tracked' }
  /** Inside the work tree `top`, and git could not tell. */
  | { readonly answer: 'unknown'; readonly top: string; readonly reason: string };

/** Longest that git may take, in milliseconds. */
const gitMs = 10_000;
/** Largest list of files that is read, in bytes. */
const largestOutput = 32 * 1024 * 1024;

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
  const git = (...parameters: readonly string[]) => runGit(top, searchPath, parameters);
  const listed = await git('--literal-pathspecs', 'ls-files', '-z', '--', inside === '' ? '.' : inside);
  if (listed.exit !== 0) return unknown(top, 'ls-files', listed);
  const own = join(inside, '.gitignore');
  if (listed.output.split('\0').some((file) => file !== '' && file !== own)) return { answer: 'tracked' };
  const ignored = await git('check-ignore', '--quiet', '--', join(inside, `${'0'.repeat(64)}.pem`));
  if (ignored.exit === 0) return { answer: 'not-tracked' };
  if (ignored.exit === 1) return { answer: 'tracked' };
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

interface GitAnswer {
  /** Undefined when git could not be run, or did not end by itself. */
  readonly exit: number | undefined;
  readonly output: string;
  /** What it said when it failed. */
  readonly said: string;
}

type Git = (...parameters: readonly string[]) => Promise<GitAnswer>;

/** Whether the `.git` found is a repository without a work tree, such as one that only has worktrees elsewhere. */
async function isBare(git: Git): Promise<boolean> {
  const { exit, output } = await git('rev-parse', '--is-bare-repository');
  return exit === 0 && output.trim() === 'true';
}

/**
 * The repository may be anybody's, and its configuration can name programs: none is run. Nothing of our environment reaches git but
 * PATH, for it may hold secrets, or point git elsewhere.
 */
async function runGit(top: string, searchPath: string | undefined, parameters: readonly string[]): Promise<GitAnswer> {
  const settings = [`safe.directory=${top}`, 'core.fsmonitor=false', 'core.hooksPath=/dev/null'];
  const all = ['-C', top, ...settings.flatMap((setting) => ['-c', setting]), ...parameters];
  const env = {
    ...(searchPath === undefined ? {} : { PATH: searchPath }),
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  try {
    const { stdout } = await run('git', all, { env, timeout: gitMs, maxBuffer: largestOutput });
    return { exit: 0, output: stdout, said: '' };
  } catch (error) {
    return failedAnswer(error);
  }
}

function failedAnswer(error: unknown): GitAnswer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const said = stderr.trim() || (typeof code === 'string' ? code : 'it timed out');
  return { exit: typeof code === 'number' ? code : undefined, output: '', said };
}

function unknown(top: string, command: string, { exit, said }: GitAnswer): Tracking {
  const [line = ''] = said.split('\n');
  const how = exit === undefined ? 'could not be run' : `failed with exit code ${exit}`;
  return { answer: 'unknown', top, reason: `git ${command} ${how}: ${line.slice(0, 200)}` };
}
