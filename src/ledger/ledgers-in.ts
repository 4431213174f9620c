import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { accountNamePattern } from '../core/account-name.ts';
import { compareTexts } from '../core/compare.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import { ledgerFileName } from './ledger-file.ts';
import type { AccountMark } from './ledger-format.ts';
import { readMark } from './ledger-mark.ts';

/** An account's directory in a state directory. */
export interface AccountDirectory {
  readonly account: string;
  /** Absolute path. */
  readonly directory: string;
}

/** A ledger in a state directory, and whose it is. */
export interface FoundLedger extends AccountDirectory {
  readonly mark: AccountMark;
}

/** The directories of accounts in a state directory, configured or not, in the order of names. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function accountsIn(state: string): Promise<readonly AccountDirectory[]> {
  try {
    const entries = await readdir(state, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && accountNamePattern.test(entry.name));
    return names
      .map(({ name }) => ({ account: name, directory: join(state, name) }))
      .toSorted((one, other) => compareTexts(one.account, other.account));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw stateError(state, error);
  }
}

/** The ledgers in a state directory that say whose they are. @throws {ReconcilerError} E_STATE_UNUSABLE for the state directory */
export async function ledgersIn(state: string): Promise<readonly FoundLedger[]> {
  const found = await Promise.all(
    (await accountsIn(state)).map(async (one): Promise<readonly FoundLedger[]> => {
      const mark = await markOf(one.directory);
      return mark === undefined ? [] : [{ ...one, mark }];
    }),
  );
  return found.flat();
}

/** Whose ledger an account's directory holds; undefined when it holds none that says so, or when it cannot be read. */
export async function markOf(directory: string): Promise<AccountMark | undefined> {
  const path = join(directory, ledgerFileName);
  try {
    return (await readMark(path)) ?? (await readMark(`${path}.bak`));
  } catch {
    return undefined; // told where that account is opened: it must not stop another one
  }
}
