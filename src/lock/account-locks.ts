import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { stateError } from '../disk/state-error.ts';
import type { Clock } from '../reconcile/ports.ts';
import { acquireLock, type Lock, type LockKind } from './lock.ts';

/** All that work on an account's state may hold, in the order in which they are taken. */
const kinds: readonly LockKind[] = ['daemon', 'writer', 'pauses', 'approvals'];

/** How the locks are waited for. */
export interface AccountLockRequest {
  /** How long to wait for another writer, in milliseconds. A daemon is not waited for: it holds its lock for life. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Does the work while no other process, daemons included, works on the state in this directory.
 * @throws {ReconcilerError} E_LOCK_HELD, E_STATE_UNUSABLE
 */
export async function withAccountLocks<Result>(
  directory: string,
  request: AccountLockRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  const locks: Lock[] = [];
  try {
    for (const kind of kinds) locks.push(await acquire(directory, kind, request));
    for (const lock of locks) await lock.confirm();
    return await work();
  } finally {
    for (const lock of locks.toReversed()) await lock.release();
  }
}

/** Removes the locks that moved with their directory, and were ours. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function removeMovedLocks(directory: string): Promise<void> {
  const ours = new RegExp(`^(${kinds.join('|')})\\.([0-9a-f]{16}\\.sock|lock)$`);
  try {
    const names = (await readdir(directory)).filter((name) => ours.test(name));
    for (const name of names) await rm(join(directory, name), { force: true });
  } catch (error) {
    throw stateError(directory, error);
  }
}

async function acquire(directory: string, kind: LockKind, { waitMs, ...how }: AccountLockRequest): Promise<Lock> {
  if (kind !== 'daemon') return acquireLock({ directory, kind, waitMs, ...how });
  try {
    return await acquireLock({ directory, kind, waitMs: 0, ...how });
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_LOCK_HELD') throw error;
    throw new ReconcilerError('E_LOCK_HELD', { ...error.details, remedy: 'Stop the daemon first' }, { cause: error });
  }
}
