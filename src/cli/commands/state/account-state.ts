import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { daemonOf } from '../../../app/daemon/running-daemon.ts';
import type { Session } from '../../../app/session.ts';
import { keyDirectory } from '../../../config/account.ts';
import type { ReconcilerError } from '../../../core/errors.ts';
import { filesIn } from '../../../disk/files-in.ts';
import { readIfThere } from '../../../disk/read-if-there.ts';
import { errnoOf, stateError } from '../../../disk/state-error.ts';
import { KeyDirectory } from '../../../keys/key-store.ts';
import { corruptLedger } from '../../../ledger/corrupt-ledger.ts';
import { ledgerFileName } from '../../../ledger/ledger-file.ts';
import { ledgerSchema } from '../../../ledger/ledger-format.ts';
import { type AccountDirectory, accountsIn } from '../../../ledger/ledgers-in.ts';
import { type ParsedLedger, parseLedger } from '../../../ledger/parse-ledger.ts';

/** The state of one account, read without its credentials and without the API. */
export interface AccountState extends AccountDirectory {
  /** Whether the configuration has an account of this name. */
  readonly configured: boolean;
  readonly ledger: ParsedLedger | undefined;
  /** Why the ledger cannot be used: it cannot be parsed, or only its backup exists. */
  readonly ledgerError: ReconcilerError | undefined;
  /** Format of the ledger; undefined when there is none, or when it cannot be parsed. */
  readonly format: number | undefined;
  readonly keys: KeyDirectory;
  /** Fingerprints of the private keys. */
  readonly fingerprints: readonly string[];
  /** Of all files in the account's directory. */
  readonly bytes: number;
  /** When the ledger was last written, in milliseconds since 1970. */
  readonly writtenAt: number | undefined;
  /** Ledgers of earlier formats that are kept beside the current one: names of files. */
  readonly earlier: readonly string[];
  /** Who holds the daemon's lock; undefined when nobody does. */
  readonly daemon: string | undefined;
}

/** The states of all accounts that have a directory, or are configured. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function accountStates(session: Session, chosen?: string): Promise<readonly AccountState[]> {
  const found = await accountsIn(session.state.directory);
  const missing = session.config.accounts
    .filter(({ name }) => found.every(({ account }) => account !== name))
    .map(({ name }) => ({ account: name, directory: join(session.state.directory, name) }));
  const all = [...found, ...missing].filter(({ account }) => chosen === undefined || account === chosen);
  return Promise.all(all.map((one) => accountState(session, one)));
}

async function accountState(session: Session, { account, directory }: AccountDirectory): Promise<AccountState> {
  const { state, config } = session;
  const configured = config.accounts.find(({ name }) => name === account);
  const path = join(directory, ledgerFileName);
  const text = await readIfThere(path);
  const ledger = text === undefined ? undefined : parseLedger(text);
  const own = configured?.keysDirectory === undefined ? {} : { directory: keyDirectory(configured, state.directory) };
  const keys = new KeyDirectory({ stateDirectory: state.directory, account, ...own });
  const names = await filesIn(directory);
  const sizes = await Promise.all(names.map(async (name) => (await statOf(join(directory, name)))?.size ?? 0));
  return {
    account,
    directory,
    configured: configured !== undefined,
    ledger,
    ledgerError: await ledgerErrorOf(path, ledger),
    format: ledger === undefined || ledger.outcome === 'corrupt' ? undefined : ledger.schema,
    keys,
    fingerprints: await keys.list(),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    writtenAt: text === undefined ? undefined : (await statOf(path))?.mtimeMs,
    earlier: names.filter((name) => /^ledger\.v\d+\.json$/.test(name)),
    daemon: await daemonOf(session, account),
  };
}

async function ledgerErrorOf(path: string, ledger: ParsedLedger | undefined): Promise<ReconcilerError | undefined> {
  if (ledger?.outcome === 'corrupt') return corruptLedger(path, ledger.reason);
  const isLost = ledger === undefined && (await statOf(`${path}.bak`)) !== undefined;
  return isLost ? corruptLedger(path, 'it is missing, but its backup exists') : undefined;
}

/** Which program a ledger of this format needs, for people. */
export function programFor(format: number): string {
  if (format > ledgerSchema) return 'a newer version of vonage-gitops';
  return format === 1 ? 'any version of vonage-gitops' : 'this version of vonage-gitops or a newer one';
}

/** Undefined for what went away meanwhile. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(path, error);
  }
}
