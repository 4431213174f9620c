import type { AccountConfig } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import { worstCode } from '../core/outcome.ts';
import { reportError } from './report-error.ts';
import type { Session } from './session.ts';

/** Does the work for every account, one after another; one that fails never stops the next. Answers with the one exit code for all. */
export async function eachAccount(
  session: Session,
  work: (account: AccountConfig) => Promise<number>,
): Promise<number> {
  const codes: number[] = [];
  for (const account of session.accounts) codes.push(await oneAfterAnother(session, account, work));
  return worstCode(codes);
}

async function oneAfterAnother(
  session: Session,
  account: AccountConfig,
  work: (account: AccountConfig) => Promise<number>,
): Promise<number> {
  try {
    return await work(account);
  } catch (error) {
    if (!(error instanceof ReconcilerError)) throw error;
    reportError(error, session.world, session.accounts.length > 1 ? account.name : undefined);
    return error.exitCode;
  }
}
