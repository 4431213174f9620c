import type { HeldLock } from '../pass/account.ts';

/** A daemon that slept through the loss of its lock begins no pass. */
export async function isHeld(lock: HeldLock): Promise<boolean> {
  try {
    await lock.confirm();
    return true;
  } catch (error) {
    if (!lock.lost.aborted) throw error;
    return false;
  }
}
