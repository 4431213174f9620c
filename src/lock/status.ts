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

/** Who has a lock, and whether they are still there; undefined when nobody has it. Takes nothing. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function lockOwner({
  directory,
  kind,
  clock,
  signal,
}: LockQuestion): Promise<{ readonly isHeld: boolean; readonly owner: string } | undefined> {
  const path = join(directory, `${kind}.lock`);
  try {
    const found = await readLock(path);
    if (found === undefined) return undefined;
    const verdict = await checkOwner(path, found, { directory, boot: await bootId(), clock, signal });
    return { isHeld: verdict === 'held', owner: describeOwner(found) };
  } catch (error) {
    throw stateError(path, error);
  }
}

/** Whether a lock is free, held, or left behind by a process that is gone, for people. Takes nothing. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function lockStatus(question: LockQuestion): Promise<string> {
  const found = await lockOwner(question);
  if (found === undefined) return 'free';
  return found.isHeld ? `held by ${found.owner}` : `free, left over from ${found.owner}`;
}
