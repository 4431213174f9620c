import { randomBytes } from 'node:crypto';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from './state-error.ts';

/**
 * Makes a new file with this text, whole or not at all, as open as the umask allows. False when the name is taken: what is there is never
 * overwritten. Not waited for until it is on the disk, which would take a minute for thousands: for what can be made again. Throws what the
 * file system throws.
 */
export function createUnsynced(path: string, text: string): boolean {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
