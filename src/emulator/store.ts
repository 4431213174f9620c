import type { ApplicationRecord } from './record.ts';

interface Shade {
  readonly until: number;
  listings: number;
}

/** The account's applications in the order of their creation, some perhaps not listed yet. */
export class Store {
  readonly #records = new Map<string, ApplicationRecord>();
  readonly #shades = new Map<string, Shade>();
  readonly #now: () => number;
  readonly #changed: () => void;

  /** `changed` is called after every change. */
  constructor(records: readonly ApplicationRecord[], now: () => number, changed: () => void) {
    for (const record of records) this.#records.set(keyOf(record.id), record);
    this.#now = now;
    this.#changed = changed;
  }

  /** The application with this id; dashes and case do not matter. */
  get(id: string): ApplicationRecord | undefined {
    return this.#records.get(keyOf(id));
  }

  /** Add or replace; a new one comes last. */
  put(record: ApplicationRecord): void {
    this.#records.set(keyOf(record.id), record);
    this.#changed();
  }

  /** Add many at once. */
  putAll(records: readonly ApplicationRecord[]): void {
    for (const record of records) this.#records.set(keyOf(record.id), record);
    this.#changed();
  }

  /** Remove; tells whether it was there. */
  remove(id: string): boolean {
    const existed = this.#records.delete(keyOf(id));
    if (existed) this.#changed();
    return existed;
  }

  /** Remove all. */
  clear(): void {
    this.#records.clear();
    this.#shades.clear();
    this.#changed();
  }

  /** All, oldest first. */
  all(): ApplicationRecord[] {
    return [...this.#records.values()];
  }

  /** Keep an application out of lists until a time (ms) or for so many list requests. */
  shade(id: string, until: number, listings: number): void {
    this.#shades.set(keyOf(id), { until, listings });
  }

  /** What a list request sees. */
  listed(): ApplicationRecord[] {
    if (this.#shades.size === 0) return this.all();
    const hidden = new Set<string>();
    for (const [key, shade] of this.#shades) {
      if (shade.listings <= 0 || this.#now() >= shade.until) this.#shades.delete(key);
      else hidden.add(key);
      shade.listings -= 1;
    }
    return this.all().filter((record) => !hidden.has(keyOf(record.id)));
  }
}

function keyOf(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
