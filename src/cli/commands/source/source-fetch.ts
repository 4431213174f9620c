import type { CliContext } from '../../../app/context.ts';
import { type CommonOptions, openSession } from '../../../app/session.ts';
import { fetchError, fetchSource } from '../../../app/source/fetch-sources.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { isReached } from '../../../core/git/source-status.ts';
import { visible } from '../../../core/render/visible.ts';
import { sourceNamed } from './source-state.ts';

/**
 * Asks the server of a source, and says what came of it. Exit code 3 when the commit is refused, or lacks a directory of an account.
 * @throws {ReconcilerError} E_USAGE, E_SOURCE_FETCH, E_ABORTED
 */
export async function sourceFetchCommand(name: string, options: CommonOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options });
  const check = await fetchSource(session, sourceNamed(session, name));
  if (!isReached(check.state)) throw fetchError({ ...check, accepted: undefined });
  const news = check.state === 'ok' && !check.isNews ? '; nothing is new' : '';
  context.stdout.write(`${visible(check.message)}${news}\n`);
  return check.state === 'ok' ? exitCodes.done : exitCodes.attention;
}
