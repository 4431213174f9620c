import { ReconcilerError } from '../core/errors.ts';

/**
 * Records what was done, if this process may still record anything. What was done must be told even when it may not: whoever has the
 * lock now finds it in the account.
 */
export async function unlessLockLost(record: () => Promise<void>): Promise<void> {
  try {
    await record();
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_LOCK_LOST') throw error;
  }
}
