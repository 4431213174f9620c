import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, stateError } from './state-error.ts';

/** The names durable-file.ts gives to files that are not whole yet. */
const unfinished = /^\.(.+)\.[0-9a-f]{12}\.tmp$/;

/**
 * Removes what processes that were killed left half written of the files that `isOurs` knows by name. Only for who alone writes
 * them: another's unfinished file would be taken from under it.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function sweepLeavings(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  try {
    const names = await readdir(folder);
    const left = names.filter((name) => isOurs(unfinished.exec(name)?.[1] ?? ''));
    await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw stateError(folder, error);
  }
}
