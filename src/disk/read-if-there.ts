import { readFile } from 'node:fs/promises';
import { errnoOf, stateError } from './state-error.ts';

/** The text of a file of the state; undefined when there is none. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(path, error);
  }
}
