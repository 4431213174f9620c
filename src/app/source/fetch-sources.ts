import type { AccountConfig } from '../../config/account.ts';
import type { SourceConfig } from '../../config/source.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { describeRef } from '../../core/git/ref.ts';
import type { SourceCheck } from '../../core/git/source-status.ts';
import { visible } from '../../core/render/visible.ts';
import { commitText } from '../../core/render/words.ts';
import type { Session } from '../session.ts';
import { checkSource, logSaid } from './check-source.ts';

/** Options of commands that read manifests as they are at the git server. */
export interface FetchOptions {
  /** --no-fetch makes it false: what was accepted before is read as it is. */
  readonly fetch: boolean;
}

/** Says of an account whose source could not be fetched why. @throws {ReconcilerError} E_SOURCE_FETCH */
export type AssertFetched = (account: AccountConfig) => void;

/**
 * Fetches the git sources of the session's accounts, one after another, and says so. One that fails stops only its own accounts.
 * @throws {ReconcilerError} E_ABORTED
 */
export async function fetchSources(session: Session, { fetch }: FetchOptions): Promise<AssertFetched> {
  if (!fetch) return () => undefined;
  const sources = new Set(
    session.accounts.flatMap(({ source, standIn }) => (standIn === undefined ? source?.git : undefined) ?? []),
  );
  const checks = new Map<SourceConfig, SourceCheck>();
  for (const source of sources) checks.set(source, await fetchSource(session, source));
  return ({ source }) => {
    const check = source && checks.get(source.git);
    if (check !== undefined && !isUsable(check)) throw fetchError(check);
  };
}

/** Fetches one source, and says so. @throws {ReconcilerError} E_ABORTED */
export async function fetchSource(session: Session, source: SourceConfig): Promise<SourceCheck> {
  session.say(`Fetching ${visible(describeRef(source.ref))} of ${visible(source.address.name)}\n`);
  const check = await checkSource(session, source, session.context.stop);
  logSaid(session, source, check.state, check.said);
  if (check.accepted !== undefined && isUsable(check)) session.say(`Commit ${commitText(check.accepted)}\n`);
  return check;
}

/** Whether the server was asked, and what it has was accepted. */
function isUsable({ state }: SourceCheck): boolean {
  return state === 'ok' || state === 'path-missing';
}

/** Why a command does not go on. */
export function fetchError({ message, accepted }: SourceCheck): ReconcilerError {
  return new ReconcilerError('E_SOURCE_FETCH', { reason: message, accepted: accepted !== undefined });
}
