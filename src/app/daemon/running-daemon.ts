import { join } from 'node:path';
import { apiTokens } from '../../config/tokens.ts';
import { lockOwner } from '../../lock/status.ts';
import type { Session } from '../session.ts';

/**
 * What is known of a daemon that was not asked, or did not answer: the lock of its state tells whether one runs. Undefined when none
 * does, as far as this state directory knows.
 */
export async function runningDaemon(
  session: Session,
  account: string,
  unanswered?: string,
): Promise<string | undefined> {
  const owner = await daemonOf(session, account);
  if (owner === undefined) return undefined;
  const runs = `The daemon runs (${owner})`;
  if (apiTokens(session.config).length === 0) return `${runs}, and its API is off: no token is configured`;
  return unanswered === undefined ? runs : `${runs}, but its API was not reached: ${unanswered}`;
}

/** Who holds the daemon's lock of an account, for people; undefined when nobody does. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function daemonOf({ state, context }: Session, account: string): Promise<string | undefined> {
  // Nothing depends on it: an old heartbeat is not watched for a second one, which takes long.
  const clock = { ...context.clock, sleep: async () => undefined };
  const lock = await lockOwner({ directory: join(state.directory, account), kind: 'daemon', clock });
  return lock?.isHeld === true ? lock.owner : undefined;
}
