import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { openToOthers } from '../../../disk/state-directory.ts';
import { type Finding, finding } from './doctor-finding.ts';

/** A ledger of a thousand applications and its copy need about that much, in bytes. */
const leastFreeBytes = 1024 * 1024;

/** A directory that is not there yet is made by the first run: then the one above it must be writable. */
export async function directoryFindings(what: string, directory: string): Promise<readonly Finding[]> {
  const there = await nearest(directory);
  try {
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return [
      finding(
        'fail',
        what,
        `${there} cannot be written (${messageOf(error)}): mount a writable volume, or choose another with --state`,
      ),
    ];
  }
  const { blocks, bavail, bsize } = await statfs(there);
  if (blocks > 0 && bavail * bsize < leastFreeBytes)
    // some network file systems do not say how large they are
    return [
      finding('fail', what, `the disk of ${there} is full: nothing is written to the API until space is available`),
    ];
  if (there !== directory) return [finding('ok', what, `${directory} does not exist yet; the first run creates it`)];
  const mode = await openToOthers(directory);
  if (mode === undefined) return [finding('ok', what, directory)];
  return [
    finding(
      'warn',
      what,
      `${directory} is accessible to other users (${mode}): chmod 0700, unless a group needs read access`,
    ),
  ];
}

async function nearest(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch {
    return dirname(directory) === directory ? directory : nearest(dirname(directory)); // not there, or not ours to see
  }
}
