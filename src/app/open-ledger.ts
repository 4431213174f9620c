import type { AccountConfig } from '../config/account.ts';
import { LedgerFile } from '../ledger/ledger-file.ts';
import type { LedgerReader } from '../reconcile/ports.ts';
import type { Session } from './session.ts';

/** The ledger of an account, to be read. @throws {ReconcilerError} E_CREDENTIALS_MISSING */
export function openLedger({ state }: Pick<Session, 'state'>, account: AccountConfig): LedgerReader {
  return new LedgerFile({
    stateDirectory: state.directory,
    account: account.name,
    apiKey: account.credentials().key,
    host: new URL(account.apiUrl).host,
  });
}
