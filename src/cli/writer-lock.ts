import { join } from 'node:path';
import { acquireLock } from '../ledger/lock.ts';
import type { OpenAccount } from './open-account.ts';
import type { Session } from './session.ts';

/**
 * Does the work while no other process writes to this account's state. Waits that many seconds for another writer.
 * @throws {ReconcilerError} E_LOCK_HELD
 */
export async function withWriterLock<Result>(
  { world, state, log }: Session,
  { config, keys }: OpenAccount,
  timeoutSeconds: number,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  await log.open();
  const lock = await acquireLock({
    directory: join(state.directory, config.name),
    kind: 'writer',
    waitMs: timeoutSeconds * 1000,
    clock: world.clock,
    signal: world.stop,
    onWait: (owner) => world.stderr.write(`Waiting for another vonage-gitops (${owner}).\n`),
  });
  try {
    await keys.sweep();
    return await work(AbortSignal.any([world.stop, lock.lost]));
  } finally {
    await lock.release();
  }
}
