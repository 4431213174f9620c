import { join } from 'node:path';
import type { AccountConfig } from '../../config/account.ts';
import { isLoopback } from '../../core/is-loopback.ts';
import { Consent } from '../../ledger/consent.ts';
import type { PassRules } from '../../reconcile/ports.ts';
import type { Session } from '../session.ts';

/** Consent of an earlier version to begin the ledger of an account by adopting. @throws {ReconcilerError} E_CREDENTIALS_MISSING */
export function consentOf({ state }: Pick<Session, 'state'>, config: AccountConfig): Consent {
  const { key } = config.credentials();
  return new Consent({ directory: join(state.directory, config.name), apiKey: key, host: new URL(config.apiUrl).host });
}

/** What a pass of the daemon must be told of its first run; undefined where it need not ask. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function firstRunOf(
  { apiUrl, firstRun }: AccountConfig,
  consent: Consent,
): Promise<PassRules['firstRun']> {
  const asks = firstRun === undefined ? !isLoopback(new URL(apiUrl).hostname) : firstRun === 'ask';
  return asks && !(await consent.isGiven()) ? 'ask' : undefined;
}
