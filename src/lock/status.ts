import { join } from 'node:path';
import { stateError } from '../disk/state-error.ts';
import type { Clock } from '../reconcile/ports.ts';
import { checkOwner } from './check-owner.ts';
import type { LockKind } from './lock.ts';
import { bootId, describeOwner, readLock } from './record.ts';

/** Which lock is asked about. */
export interface LockQuestion {
  /** The account's directory, `<state>/<account>`. */
  readonly directory: string;
  readonly kind: LockKind;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Whether a lock is free, held, or left behind by a process that is gone, for people. Takes nothing. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function lockStatus({ directory, kind, clock, signal }: LockQuestion): Promise<string> {
  const path = join(directory, `${kind}.lock`);
  try {
    const found = await readLock(path);
    if (found === undefined) return 'free';
    const verdict = await checkOwner(path, found, { directory, boot: await bootId(), clock, signal });
    return verdict === 'held' ? `held by ${describeOwner(found)}` : `free, left over from ${describeOwner(found)}`;
  } catch (error) {
    throw stateError(path, error);
  }
}
