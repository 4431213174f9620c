import type { Clock } from '../reconcile/ports.ts';

/** What came of one attempt. `refused`: another attempt would fare no better. */
export type Delivery =
  | { readonly result: 'taken' }
  | { readonly result: 'refused'; readonly problem: string }
  /** `afterMs`: when the receiver wants to be asked again, in milliseconds. */
  | { readonly result: 'failed'; readonly problem: string; readonly afterMs?: number | undefined };

/** How the delivery of one thing ended. `given-up`: after all attempts, or because the queue closes. */
type DeliveryEnd = 'taken' | 'refused' | 'given-up';

/** What a queue needs. */
export interface DeliveryQueueOptions<Item> {
  readonly clock: Pick<Clock, 'sleep'>;
  /** How many attempts each thing gets. */
  readonly attempts: number;
  /** Most things that wait. */
  readonly longest: number;
  /** Which one is dropped where one too many waits. */
  readonly drops: 'newest' | 'oldest';
  /** One attempt, the first being 1. Never rejects. */
  readonly deliver: (item: Item, attempt: number, signal: AbortSignal) => Promise<Delivery>;
  /** Told when the delivery of one has ended. */
  readonly ended: (item: Item, end: DeliveryEnd) => void;
  /** Told of one that is dropped because too many wait. */
  readonly dropped: (item: Item) => void;
}

const firstPauseMs = 1_000;
/** Longest time from one attempt to the next, in milliseconds, where the receiver names none. */
const longestPauseMs = 300_000;

interface Queued<Item> {
  readonly key: string | undefined;
  readonly item: Item;
}

/**
 * Delivers things one after another, in the background: whoever adds one waits for nothing. What fails is tried again, later each time.
 * Of things with the same key only the newest is delivered.
 */
export class DeliveryQueue<Item> {
  readonly #options: DeliveryQueueOptions<Item>;
  readonly #queue: Queued<Item>[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(options: DeliveryQueueOptions<Item>) {
    this.#options = options;
  }

  /** Queues it, in place of what waits with the same key. */
  add(item: Item, key?: string): void {
    const { longest, drops, dropped } = this.#options;
    const older = this.#waiting(key);
    if (older !== -1) this.#queue[older] = { key, item };
    else if (this.#queue.length < longest) this.#queue.push({ key, item });
    else if (drops === 'newest') dropped(item);
    else {
      const oldest = this.#queue.shift();
      this.#queue.push({ key, item });
      if (oldest !== undefined) dropped(oldest.item);
    }
    this.#working ??= this.#work();
  }

  /** Gives what is queued that much time, in milliseconds, then stops. */
  async close(graceMs: number): Promise<void> {
    const enough = new AbortController();
    const late = this.#options.clock.sleep(graceMs, enough.signal).then(
      () => this.#stop.abort(new Error('daemon is stopping')),
      () => undefined, // everything is delivered
    );
    await this.#working;
    enough.abort();
    await late;
  }

  /** Where one with this key waits; -1 where none does. */
  #waiting(key: string | undefined): number {
    return key === undefined ? -1 : this.#queue.findIndex((one) => one.key === key);
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // so that `#working` is set before it is cleared
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#send(next);
    this.#working = undefined;
  }

  async #send({ key, item }: Queued<Item>): Promise<void> {
    const { attempts, clock, deliver, ended } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt += 1) {
      const delivery = await deliver(item, attempt, signal);
      if (delivery.result !== 'failed') return ended(item, delivery.result);
      if (attempt < attempts) await clock.sleep(pauseMs(attempt, delivery), signal).catch(() => undefined); // stopping
      if (this.#waiting(key) !== -1) return; // a newer one takes its place
    }
    ended(item, 'given-up');
  }
}

function pauseMs(attempt: number, { afterMs }: Extract<Delivery, { readonly result: 'failed' }>): number {
  return afterMs ?? Math.min(firstPauseMs * 4 ** (attempt - 1), longestPauseMs);
}
