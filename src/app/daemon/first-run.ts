import { unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import type { AccountConfig } from '../../config/account.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { isLoopback } from '../../core/is-loopback.ts';
import { hasBegun } from '../../core/ledger/ledger.ts';
import { Consent } from '../../ledger/consent.ts';
import type { PassRules } from '../../reconcile/ports.ts';
import { openLedger } from '../open-ledger.ts';
import type { Session } from '../session.ts';

/** How often a daemon looks whether its first adoptions were approved, in milliseconds. */
const approvalPollMs = 2_000;

/** Consent to begin the ledger of an account by adopting. @throws {ReconcilerError} E_CREDENTIALS_MISSING */
export function consentOf({ state }: Pick<Session, 'state'>, config: AccountConfig): Consent {
  const { key } = config.credentials();
  return new Consent({ directory: join(state.directory, config.name), apiKey: key, host: new URL(config.apiUrl).host });
}

/** What a pass of the daemon must be told of its first run; undefined where it need not ask. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function firstRunOf(
  { name, apiUrl, firstRun }: AccountConfig,
  consent: Consent,
): Promise<PassRules['firstRun']> {
  const asks = firstRun === undefined ? !isLoopback(new URL(apiUrl).hostname) : firstRun === 'ask';
  return asks && !(await consent.isGiven()) ? { account: name } : undefined;
}

/** Agrees, unless there is a ledger already; says whether there was none. @throws {ReconcilerError} E_CREDENTIALS_MISSING, E_LEDGER_*, E_STATE_UNUSABLE */
export async function approveFirstRun(session: Session, account: AccountConfig): Promise<boolean> {
  if (hasBegun(await openLedger(session, account).load())) return false;
  await consentOf(session, account).give(session.context.clock.now());
  return true;
}

/** Agrees for every account. What stands in the way of one is said by its passes. */
export async function approveFirstRuns(session: Session): Promise<void> {
  for (const account of session.accounts) {
    try {
      if (await approveFirstRun(session, account))
        session.log.info({ account: account.name }, 'first adoption approved');
    } catch (error) {
      if (!(error instanceof ReconcilerError)) throw error;
      session.log.warn({ account: account.name, err: error }, 'first adoption not approved');
    }
  }
}

/** Calls when it was approved meanwhile; answers with how to stop looking. */
export function onApproval({ path }: Consent, onChange: () => void): () => void {
  const look = ({ mtimeMs }: { readonly mtimeMs: number }) => {
    if (mtimeMs > 0) onChange();
  };
  watchFile(path, { interval: approvalPollMs, persistent: false }, look);
  return () => unwatchFile(path, look);
}
