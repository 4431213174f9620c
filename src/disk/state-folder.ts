import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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
  await makePrivateFolder(folder);
  // Somebody may have named the top of a repository as state folder; hiding all of it from git would be a disaster of its own.
  await ignoreByGit((await exists(join(state, '.git'))) ? folder : state);
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
