import { readRegularFile } from './regular-file.ts';
import { errnoOf, stateError } from './state-error.ts';

/** The text of a file of the state; undefined when there is none. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readRegularFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(path, error);
  }
}
