import type { AccountConfig } from '../config/account.ts';
import { asReconcilerError, ReconcilerError } from '../core/errors.ts';
import { exitCodes, worstCode } from '../core/exit-codes.ts';
import { plural } from '../core/plural.ts';
import { reportError } from './report-error.ts';
import type { Session } from './session.ts';

/**
 * Does the work for every account, one after another; one that fails, in whatever way, never stops the next. After Ctrl-C at a
 * prompt no further account is started. One that is not begun because the process was asked to stop is an error: nobody knows how it
 * is. Responds with the one exit code for all.
 */
export async function eachAccount(
  session: Session,
  work: (account: AccountConfig) => Promise<number>,
): Promise<number> {
  const codes: number[] = [];
  for (const account of session.accounts) {
    codes.push(await oneAfterAnother(session, account, work));
    if (codes.at(-1) === exitCodes.interrupted) {
      sayNotStarted(session, session.accounts.length - codes.length);
      break;
    }
  }
  return worstCode(codes);
}

function sayNotStarted({ context }: Session, count: number): void {
  if (count > 0) context.stderr.write(`${plural(count, 'further account')} not started.\n`);
}

async function oneAfterAnother(
  session: Session,
  account: AccountConfig,
  work: (account: AccountConfig) => Promise<number>,
): Promise<number> {
  try {
    if (session.context.stop.aborted) throw new ReconcilerError('E_ABORTED', { when: ' before it started' });
    return await work(account);
  } catch (error) {
    const expected = asReconcilerError(error);
    if (expected !== error) await logUnexpected(session, account, expected);
    reportError(expected, session.context, session.accounts.length > 1 ? account.name : undefined);
    return expected.exitCode;
  }
}

/** The stack is for the log, without secrets; the sentence that follows it is for people. */
async function logUnexpected({ log }: Session, { name: account }: AccountConfig, error: Error): Promise<void> {
  await log.open();
  log.error({ account, err: error }, 'unexpected error');
}
