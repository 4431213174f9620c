import { withSignals } from '../../core/signals.ts';

/** Lets nobody else change a store meanwhile. `lost` aborts when that is not sure any more. @throws {ReconcilerError} E_LOCK_HELD, E_ABORTED */
export type StoreLock = (signal: AbortSignal) => Promise<{ readonly lost: AbortSignal; release(): Promise<void> }>;

/**
 * Does the work while nobody else changes the store; its signal aborts also when that is not sure any more.
 * @throws {ReconcilerError} E_LOCK_HELD, E_LOCK_LOST, E_ABORTED
 */
export async function whileLocked<Result>(
  lock: StoreLock,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const held = await lock(signal);
  try {
    return await withSignals([signal, held.lost], work);
  } catch (error) {
    held.lost.throwIfAborted(); // which says why
    throw error;
  } finally {
    await held.release();
  }
}
