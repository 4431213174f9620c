import { lstatSync } from 'node:fs';
import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { createFile, syncFolder } from './durable-file.ts';
import { errnoOf, stateError } from './state-error.ts';

/**
 * Makes an account's folder, `<state>/<account>`, and the state folder above it, both for their owner only (0700; folders that exist
 * keep their mode), and sees to it that git ignores them: keys and ownership must not end up in a repository.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function makeAccountFolder(folder: string): Promise<void> {
  const state = dirname(folder);
  await makePrivateFolder(state);
  await makeStateFolder(folder);
  // Somebody may have named the top of a repository as state folder; hiding all of it from git would be a disaster of its own.
  await ignoreByGit((await exists(join(state, '.git'))) ? folder : state);
}

/**
 * Makes a directory of the state as {@link makePrivateFolder} does; a symbolic link in its place is refused.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function makeStateFolder(directory: string): Promise<void> {
  refuseLink(directory);
  await makePrivateFolder(directory);
}

/**
 * A symbolic link where a directory of the state should be would lead keys and ownership to wherever whoever made it wants them.
 * Nothing there is no link. The state directory itself may be one: it was named by the user.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export function refuseLink(directory: string): void {
  if (lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  const reason =
    'a symbolic link is where a state directory should be, and links are not followed. Remove it; use keys.directory to store private keys elsewhere';
  throw new ReconcilerError('E_STATE_UNUSABLE', { path: directory, reason });
}

/** As {@link refuseLink}, for an account's directory and these below it. @throws {ReconcilerError} E_STATE_UNUSABLE */
export function refuseLinks(account: string, below: readonly string[]): void {
  for (const directory of [account, ...below.map((name) => join(account, name))]) refuseLink(directory);
}

/**
 * Makes a folder for its owner only, with those above it, on the disk when it resolves; one that exists keeps its mode.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    const topmost = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (topmost === undefined) return;
    for (let made = resolve(folder); made.length >= topmost.length; made = dirname(made))
      await syncFolder(dirname(made));
  } catch (error) {
    throw stateError(folder, error);
  }
}

/** Has git ignore everything in this folder, unless it has a `.gitignore` already. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function ignoreByGit(folder: string): Promise<void> {
  const path = join(folder, '.gitignore');
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

/** The folder's permission bits (`0750`) when others than its owner may enter or read it; undefined when not, or when there is none. */
export async function openToOthers(folder: string): Promise<string | undefined> {
  try {
    const mode = (await stat(folder)).mode & 0o777;
    return (mode & 0o077) === 0 ? undefined : `0${mode.toString(8)}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(folder, error);
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
