import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from './state-error.ts';

/** What file systems without hard links say, such as exFAT and those of some networks. */
const unsupported: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);

/**
 * Makes a new file with this text, whole or not at all, as open as the umask allows. False when the name is taken: what is there is never
 * overwritten. Not waited for until it is on the disk, which would take a minute for thousands: for what can be made again. On a file
 * system without hard links it is written in its place, and only a killed process leaves half of it. Throws what the file system throws.
 */
export function createUnsynced(path: string, text: string, link = linkSync): boolean {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    link(temporary, path);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return false;
    if (unsupported.has(code)) return createInPlace(path, text);
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function createInPlace(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
