import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, stateError } from '../disk/state-error.ts';
import type { Log } from '../reconcile/ports.ts';

/** Says that keys or bodies are there although the ledger is not, and whether that was to be said. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function warnOfRemains(account: string, log: Pick<Log, 'warn'> | undefined): Promise<boolean> {
  const remains = await remainsIn(account);
  if (remains.length === 0) return false;
  log?.warn({ path: account, remains }, 'no ledger, although data of an earlier run exists');
  return true;
}

/** Which of the directories `keys` and `bodies` hold anything. @throws {ReconcilerError} E_STATE_UNUSABLE */
async function remainsIn(account: string): Promise<readonly string[]> {
  const held = await Promise.all(
    ['keys', 'bodies'].map(async (name) => [name, await namesIn(join(account, name))] as const),
  );
  return held.filter(([, names]) => names.some((name) => !name.startsWith('.'))).map(([name]) => name);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw stateError(directory, error);
  }
}
