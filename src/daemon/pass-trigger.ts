/** Starts passes. However many are requested before one begins, that is one pass; the reasons are collected, and no data comes with them. */
export class PassTrigger {
  readonly #reasons = new Set<string>();
  #wake: (() => void) | undefined;

  /** Asks for a pass. */
  request(reason: string): void {
    this.#reasons.add(reason);
    this.#wake?.();
  }

  /** The reasons of the requests since the last time, at once when there are any; undefined when the signal aborts first. One at a time may wait. */
  async wait(signal: AbortSignal): Promise<readonly string[] | undefined> {
    if (this.#reasons.size === 0) await this.#requestOrAbort(signal);
    if (signal.aborted) return undefined;
    const reasons = [...this.#reasons];
    this.#reasons.clear();
    return reasons;
  }

  #requestOrAbort(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      if (signal.aborted) wake();
      signal.addEventListener('abort', wake);
    });
  }
}
