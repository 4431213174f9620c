import { lstatSync } from 'node:fs';
import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { createFile, syncDirectory } from './durable-file.ts';
import { errnoOf, stateError } from './state-error.ts';

/**
 * Makes an account's directory, `<state>/<account>`, and the state directory above it, both for their owner only (0700; directories that exist
 * keep their mode), and sees to it that git ignores them: keys and ownership must not end up in a repository.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function makeAccountDirectory(directory: string): Promise<void> {
  const state = dirname(directory);
  await makePrivateDirectory(state);
  await makeStateDirectory(directory);
  // Somebody may have named the top of a repository as state directory; hiding all of it from git would be a disaster of its own.
  await ignoreByGit((await exists(join(state, '.git'))) ? directory : state);
}

/**
 * Makes a directory of the state as {@link makePrivateDirectory} does; a symbolic link in its place is refused.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function makeStateDirectory(directory: string): Promise<void> {
  refuseLink(directory);
  await makePrivateDirectory(directory);
}

/**
 * A symbolic link where a directory of the state should be would lead keys and ownership to wherever whoever made it wants them.
 * Nothing there is no link. The state directory itself may be one: it was named by the user.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export function refuseLink(directory: string): void {
  if (!isLink(directory)) return;
  const reason =
    'a symbolic link is where a state directory should be, and links are not followed. Remove it; use keys.directory to store private keys elsewhere';
  throw new ReconcilerError('E_STATE_UNUSABLE', { path: directory, reason });
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    throw stateError(path, error);
  }
}

/** As {@link refuseLink}, for an account's directory and these below it. @throws {ReconcilerError} E_STATE_UNUSABLE */
export function refuseLinks(account: string, below: readonly string[]): void {
  for (const directory of [account, ...below.map((name) => join(account, name))]) refuseLink(directory);
}

/**
 * Makes a directory for its owner only, with those above it, on the disk when it resolves; one that exists keeps its mode.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    const topmost = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (topmost === undefined) return;
    for (let made = resolve(directory); made.length >= topmost.length; made = dirname(made))
      await syncDirectory(dirname(made));
  } catch (error) {
    throw stateError(directory, error);
  }
}

/** Has git ignore everything in this directory, unless it has a `.gitignore` already. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function ignoreByGit(directory: string): Promise<void> {
  const path = join(directory, '.gitignore');
  if (await exists(path)) return;
  try {
    await createFile(path, '*\n');
  } catch (error) {
    throw stateError(path, error);
  }
}

/** Tells the directory at this path from one that replaces it; undefined when there is none. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function identityOf(directory: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(directory);
    return `${dev}:${ino}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(directory, error);
  }
}

/** The directory's permission bits (`0750`) when others than its owner may enter or read it; undefined when not, or when there is none. */
export async function openToOthers(directory: string): Promise<string | undefined> {
  try {
    const mode = (await stat(directory)).mode & 0o777;
    return (mode & 0o077) === 0 ? undefined : `0${mode.toString(8)}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(directory, error);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw stateError(path, error);
  }
}
