import { join } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { acquireLock, type Lock, type LockRequest } from '../lock/lock.ts';
import type { AccountPorts } from './open-account.ts';
import { assertOnlyLedger } from './other-ledger.ts';
import type { Session } from './session.ts';

/**
 * Does the work of a command while no other process writes to this account's state. Waits that many seconds for another writer.
 * @throws {ReconcilerError} E_LOCK_HELD; E_LOCK_LOST after the work has ended and said what it did
 */
export async function withWriterLock<Result>(
  session: Session,
  account: AccountPorts,
  timeoutSeconds: number,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { stop: signal } = session.context;
  const onWait = (owner: string) => session.say(`Waiting for another vonage-gitops (${owner}).\n`);
  const wait = { waitMs: timeoutSeconds * 1000, signal, onWait };
  return underWriterLock(session, account, wait, async (lock) => {
    const result = await work(AbortSignal.any([signal, lock.lost]));
    if (lock.lost.aborted) throw lock.lost.reason;
    return result;
  });
}

/**
 * Does the work under the lock of the account's state. Ends only when what was recorded is written; after a loss it is dropped.
 * @throws {ReconcilerError} E_LOCK_HELD; E_LOCK_LOST when the work rejects after the loss
 */
export async function underWriterLock<Result>(
  session: Session,
  { config, keys, ledger, guard }: AccountPorts,
  wait: Pick<LockRequest, 'waitMs' | 'signal' | 'onWait'>,
  work: (lock: Lock) => Promise<Result>,
): Promise<Result> {
  const { context, state, log } = session;
  await log.open();
  await assertOnlyLedger(session, config);
  await ledger.assertThere(); // taking the lock would make the directory again
  const directory = join(state.directory, config.name);
  const lock = await acquireLock({ directory, kind: 'writer', clock: context.clock, ...wait });
  guard.hold(lock);
  try {
    await keys.sweep();
    const result = await work(lock);
    await ledger.flush();
    return result;
  } catch (error) {
    await ledger.flush().catch(() => undefined); // the first error says more
    throw lock.lost.aborted && error instanceof ReconcilerError ? lostError(lock, guard.begun) : error;
  } finally {
    await lock.release();
    guard.letGo();
  }
}

/** Says whether something was sent: then the exit code is another one. */
function lostError({ lost }: Lock, begun: boolean): ReconcilerError {
  const reason: unknown = lost.reason;
  const details = reason instanceof ReconcilerError ? reason.details : {};
  return new ReconcilerError('E_LOCK_LOST', { ...details, begun }, { cause: reason });
}
