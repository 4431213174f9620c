import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errnoOf, stateError } from './state-error.ts';

/** Everything in a directory of the state and below it but directories: paths relative to it. None when it does not exist. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function filesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw stateError(directory, error);
  }
}
