import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { syncDirectory } from './durable-file.ts';
import { errnoOf, stateError } from './state-error.ts';

/**
 * Gives a directory another name beside the first, at once and on the disk; what has that name stays unless it is an empty directory.
 * @throws {ReconcilerError} E_REFUSED when the name is taken, E_STATE_UNUSABLE
 */
export async function moveDirectory(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    await syncDirectory(dirname(to));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw stateError(from, error);
    const reason = `${to} exists and is not empty; nothing was moved. Run the command again`;
    throw new ReconcilerError('E_REFUSED', { what: from, reason });
  }
}
