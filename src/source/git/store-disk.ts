import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../disk/state-error.ts';

const mebibyte = 1024 * 1024;

/**
 * Removes what a fetch that was killed leaves behind: locks, which stop every later one, and half a pack, which git never removes. Only for
 * whoever holds the store's lock: it could be of a fetch that runs.
 */
export async function removeLeavings(repository: string): Promise<void> {
  const objects = join(repository, 'objects');
  for (const { parentPath, name } of await entriesBelow(repository)) {
    const isHalf = /^(tmp_|incoming-)/.test(name) && parentPath.startsWith(objects);
    if (isHalf || name.endsWith('.lock')) await rm(join(parentPath, name), { recursive: true, force: true });
  }
}

/** When a file was changed last, in milliseconds since 1970; undefined when there is none. */
export async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Bytes of all files below a directory. They may come and go meanwhile. */
export async function sizeOf(directory: string): Promise<number> {
  let sum = 0;
  for (const entry of await entriesBelow(directory)) {
    if (entry.isFile()) sum += await bytesOf(join(entry.parentPath, entry.name));
  }
  return sum;
}

/** Why a fetch could fill the disk: so much must be free, or twice what the newest pack takes. Undefined when there is room. */
export async function lackOfSpace(directory: string, repository: string, least: number): Promise<string | undefined> {
  const { blocks, bavail, bsize } = await statfs(await nearest(directory));
  const needed = Math.max(least, 2 * (await newestPack(join(repository, 'objects/pack'))));
  if (blocks === 0 || bavail * bsize >= needed) return undefined; // some network file systems do not say how large they are
  return `${Math.floor((bavail * bsize) / mebibyte)} MiB are free on the disk of ${directory}, and a fetch needs ${Math.ceil(needed / mebibyte)} MiB`;
}

/** A store that is not made yet lies on the disk of the directory above. */
async function nearest(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return nearest(join(directory, '..'));
    throw error;
  }
}

async function newestPack(directory: string): Promise<number> {
  let newest = { mtimeMs: 0, size: 0 };
  for (const { parentPath, name } of await entriesBelow(directory)) {
    if (!name.endsWith('.pack')) continue;
    const pack = await stat(join(parentPath, name));
    if (pack.mtimeMs >= newest.mtimeMs) newest = pack;
  }
  return newest.size;
}

async function entriesBelow(directory: string) {
  try {
    return await readdir(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []; // it is not there yet, or git removed a directory of it meanwhile
    throw error;
  }
}

async function bytesOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
