import type { ApplicationRecord } from './record.ts';

/** What a read sees. */
export interface StoreView {
  /** The application with this id; dashes and case do not matter. */
  get(id: string): ApplicationRecord | undefined;
  /** What a list shows, oldest first. */
  listed(): ApplicationRecord[];
}

interface Shade {
  readonly until: number;
  listings: number;
}

interface Held {
  readonly record: ApplicationRecord;
  /** Grows from one new application to the next. */
  readonly rank: number;
}

interface Change {
  readonly at: number;
  readonly key: string;
  /** What was there before. */
  readonly before: Held | undefined;
}

/** Changes remembered; a view of the past does not go back beyond them. */
const HISTORY_LIMIT = 10_000;

/** The account's applications in the order of their creation, some perhaps not listed yet. */
export class Store implements StoreView {
  readonly #held = new Map<string, Held>();
  readonly #shades = new Map<string, Shade>();
  readonly #now: () => number;
  readonly #changed: () => void;
  #history: Change[] = [];
  #rank = 0;

  /** `changed` is called after every change. */
  constructor(records: readonly ApplicationRecord[], now: () => number, changed: () => void) {
    this.#now = now;
    this.#changed = changed;
    for (const record of records) this.#hold(record);
  }

  get(id: string): ApplicationRecord | undefined {
    return this.#held.get(keyOf(id))?.record;
  }

  /** Add or replace; a new one comes last. */
  put(record: ApplicationRecord): void {
    this.#remember(keyOf(record.id));
    this.#hold(record);
    this.#changed();
  }

  /** Add many at once, as if they had always been there. */
  putAll(records: readonly ApplicationRecord[]): void {
    for (const record of records) this.#hold(record);
    this.#changed();
  }

  /** Remove; tells whether it was there. */
  remove(id: string): boolean {
    const key = keyOf(id);
    if (!this.#held.has(key)) return false;
    this.#remember(key);
    this.#held.delete(key);
    this.#changed();
    return true;
  }

  /** Remove all, the past included. */
  clear(): void {
    this.#held.clear();
    this.#shades.clear();
    this.#history = [];
    this.#changed();
  }

  /** All, oldest first. */
  all(): ApplicationRecord[] {
    return [...this.#held.values()].map(({ record }) => record);
  }

  /** Keep an application out of lists until a time (ms) or for so many list requests. */
  shade(id: string, until: number, listings: number): void {
    this.#shades.set(keyOf(id), { until, listings });
  }

  /** What a list request sees; it counts as one. */
  listed(): ApplicationRecord[] {
    return this.#unshaded(this.all());
  }

  /** The account as it was so long ago, ms. A replica that lags shows this. */
  ago(ms: number): StoreView {
    const since = this.#now() - ms;
    const past = new Map(this.#held);
    for (const { at, key, before } of this.#history.toReversed()) {
      if (at <= since) break;
      if (before === undefined) past.delete(key);
      else past.set(key, before);
    }
    const byRank = () => [...past.values()].sort((one, other) => one.rank - other.rank).map(({ record }) => record);
    return { get: (id) => past.get(keyOf(id))?.record, listed: () => this.#unshaded(byRank()) };
  }

  #hold(record: ApplicationRecord): void {
    const key = keyOf(record.id);
    this.#rank += 1;
    this.#held.set(key, { record, rank: this.#held.get(key)?.rank ?? this.#rank });
  }

  #remember(key: string): void {
    this.#history.push({ at: this.#now(), key, before: this.#held.get(key) });
    if (this.#history.length >= HISTORY_LIMIT * 1.1) this.#history = this.#history.slice(-HISTORY_LIMIT);
  }

  #unshaded(records: ApplicationRecord[]): ApplicationRecord[] {
    if (this.#shades.size === 0) return records;
    const hidden = new Set<string>();
    for (const [key, shade] of this.#shades) {
      if (shade.listings <= 0 || this.#now() >= shade.until) this.#shades.delete(key);
      else hidden.add(key);
      shade.listings -= 1;
    }
    return records.filter((record) => !hidden.has(keyOf(record.id)));
  }
}

function keyOf(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
