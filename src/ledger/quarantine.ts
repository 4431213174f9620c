import { link, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createFile, syncDirectory } from '../disk/durable-file.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';

/**
 * Puts a ledger that cannot be parsed, and the copy beside it, under names with a date in them, so that a new one can be begun.
 * Nothing is overwritten or lost. Answers with the new paths.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export async function quarantineLedger(directory: string, now: number): Promise<readonly string[]> {
  const date = new Date(now).toISOString().replaceAll(':', '-');
  const moved: string[] = [];
  // The copy first: a ledger that is missing while its copy is there still counts as corrupt.
  for (const name of ['ledger.json.bak', 'ledger.json']) {
    const aside = await move(join(directory, name), `${name}.${date}`);
    if (aside !== undefined) moved.push(aside);
  }
  return moved;
}

async function move(path: string, name: string): Promise<string | undefined> {
  const aside = join(dirname(path), name);
  try {
    await keepAs(path, aside);
    await rm(path);
    await syncDirectory(dirname(path));
    return aside;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(basename(path), error);
  }
}

/** Fails where the name is taken. */
async function keepAs(path: string, aside: string): Promise<void> {
  try {
    await link(path, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EEXIST') throw error;
    const copied = await createFile(aside, await readFile(path, 'utf8')); // a file system without hard links
    if (!copied) throw error;
  }
}
