import type { WriteGuard } from '../reconcile/ports.ts';
import type { Lock } from './lock.ts';

/** Stands before everything that an account writes, at Vonage and to its state, and lets it pass only while the lock held here is ours. */
export class LockGuard implements WriteGuard {
  #lock: Lock | undefined;
  #begun = false;

  /** Whether a write that may have taken effect was sent under the lock that is held here, or was held last. */
  get begun(): boolean {
    return this.#begun;
  }

  get lost(): AbortSignal | undefined {
    return this.#lock?.lost;
  }

  /** From now on this lock is what writes stand under. */
  hold(lock: Lock): void {
    this.#lock = lock;
    this.#begun = false;
  }

  /** The lock is given back. One that was lost stays here: who lost it writes nothing more before it holds another one. */
  letGo(): void {
    if (this.#lock?.lost.aborted !== true) this.#lock = undefined;
  }

  async assertHeld(): Promise<void> {
    await this.#lock?.assertHeld();
  }

  isFresh(): boolean {
    return this.#lock?.isFresh() ?? true;
  }

  mayHaveTakenEffect(): void {
    this.#begun = true;
  }
}
