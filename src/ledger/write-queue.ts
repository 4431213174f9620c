import type { LedgerRecord } from '../core/ledger/ledger.ts';

/** How long a record that nobody waits for may stay off the disk, in milliseconds. */
const longestDelayMs = 100;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Records given together. Those with a waiter are dropped when they cannot be written, for their giver is told so. */
interface Batch {
  readonly records: readonly LedgerRecord[];
  readonly waiter?: Waiter;
}

/**
 * Group commit: everything that arrives while one write is in progress goes into the next one. Records nobody waits for are kept
 * when a write fails, and tried again with the next one.
 */
export class WriteQueue {
  readonly #write: (records: readonly LedgerRecord[]) => Promise<void>;
  #writing: readonly Batch[] = [];
  #waiting: readonly Batch[] = [];
  #running = false;
  /** Something was to be written while a write was in progress. */
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (records: readonly LedgerRecord[]) => Promise<void>) {
    this.#write = write;
  }

  /** Records that are not on the disk, in order. */
  unsaved(): readonly LedgerRecord[] {
    return [...this.#writing, ...this.#waiting].flatMap(({ records }) => records);
  }

  /** Resolves when these records and all before them are on the disk; rejects when they are not, and then never will be. */
  save(records: readonly LedgerRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = [...this.#waiting, { records, waiter: { resolve, reject } }];
      this.#start();
    });
  }

  /** Writes these records soon. */
  saveSoon(records: readonly LedgerRecord[]): void {
    this.#waiting = [...this.#waiting, { records }];
    this.#timer ??= setTimeout(() => this.#start(), longestDelayMs);
  }

  /** Forgets what is not on the disk. */
  forget(): void {
    this.#waiting = this.#waiting.filter(({ waiter }) => waiter !== undefined);
  }

  #start(): void {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what is recorded in the same breath goes into the same write
    do {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#again = false;
      await this.#writeWaiting();
    } while (this.#again);
    this.#running = false;
  }

  async #writeWaiting(): Promise<void> {
    this.#writing = this.#waiting;
    this.#waiting = [];
    const batches = this.#writing;
    try {
      const records = batches.flatMap(({ records }) => records);
      if (records.length > 0) await this.#write(records);
      this.#writing = [];
      for (const { waiter } of batches) waiter?.resolve();
    } catch (error) {
      this.#writing = [];
      this.#waiting = [...batches.filter(({ waiter }) => waiter === undefined), ...this.#waiting];
      for (const { waiter } of batches) waiter?.reject(error);
    }
  }
}

/** Whether both hold the very same records, in the same order. */
export function sameRecords(one: readonly LedgerRecord[], other: readonly LedgerRecord[]): boolean {
  return one.length === other.length && one.every((record, index) => record === other[index]);
}
