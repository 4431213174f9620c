import { randomBytes } from 'node:crypto';
import { copyFile, link, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, stateError } from './state-error.ts';

/** What file systems say that cannot do a thing at all, in contrast to a thing that failed. */
const unsupported: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'EISDIR',
]);

/** For its owner only, as everything of the state is. */
const privateMode = 0o600;

/**
 * Replaces the file by this text, mode 0600 unless another is given: after a crash at any moment the old or the new text is there, whole; when the promise
 * resolves, the new one is on the disk. Throws what the file system throws, or `check`, which is asked right before the old text goes;
 * the old text is then untouched.
 */
export async function replaceFile(
  path: string,
  text: string,
  check?: () => Promise<void>,
  mode = privateMode,
): Promise<void> {
  const temporary = await writeTemporary(path, text, mode);
  try {
    await check?.(); // the disk may have kept us waiting
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Makes a new file with this text, mode 0600 unless another is given, whole or not at all, and on the disk when the promise resolves. False when the name
 * is taken: what is there is never overwritten. Throws what the file system throws.
 */
export async function createFile(path: string, text: string, mode = privateMode): Promise<boolean> {
  const temporary = await writeTemporary(path, text, mode);
  try {
    const created = await linkOrCreate(temporary, path, text, mode);
    if (created) await syncDirectory(dirname(path));
    return created;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Keeps what the file holds now under a second name as well, in place of what has that name. Throws what the file system throws. */
export async function keepCopy(path: string, copy: string): Promise<void> {
  const temporary = `${copy}.tmp`;
  await rm(temporary, { force: true });
  try {
    await link(path, temporary);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error;
    await copyFile(path, temporary); // a file system without hard links
  }
  await rename(temporary, copy);
  await rm(temporary, { force: true }); // rename does nothing when both names are one file already
}

async function linkOrCreate(temporary: string, path: string, text: string, mode: number): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (!unsupported.has(errnoOf(error))) throw error;
    return createInPlace(path, text, mode); // a file system without hard links
  }
}

async function createInPlace(path: string, text: string, mode: number): Promise<boolean> {
  try {
    await writeNew(path, text, mode);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function writeTemporary(path: string, text: string, mode: number): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeNew(temporary, text, mode);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/** Loops until every byte is written: one write() on a disk that fills up may stop half way without an error. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', privateMode);
  try {
    await file.writeFile(text);
    if (mode !== privateMode) await file.chmod(mode); // a umask has no say in it
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new, changed or removed name in this directory survives a power cut. Not every file system knows how; those are left in peace. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } catch (error) {
    if (!unsupported.has(errnoOf(error))) throw error;
  } finally {
    await directory.close();
  }
}

/** The names durable-file.ts gives to files that are not whole yet. */
const unfinished = /^\.(.+)\.[0-9a-f]{12}\.tmp$/;

/**
 * Removes what processes that were killed left half written of the files that `isOurs` knows by name. Only for who alone writes
 * them: another's unfinished file would be taken from under it.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function removeStaleTempFiles(directory: string, isOurs: (name: string) => boolean): Promise<void> {
  try {
    const names = await readdir(directory);
    const left = names.filter((name) => isOurs(unfinished.exec(name)?.[1] ?? ''));
    await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw stateError(directory, error);
  }
}
