import type { OwnedNumber } from './owned-number.ts';

interface Moment {
  readonly until: number;
  readonly numbers: readonly OwnedNumber[];
}

/** Changes remembered; a view of the past does not go back beyond them. */
const HISTORY_LIMIT = 1000;

/** The account's numbers, in the order they came. */
export class NumberStore {
  #numbers: readonly OwnedNumber[];
  #past: readonly Moment[] = [];
  readonly #now: () => number;
  readonly #changed: () => void;

  /** `changed` is called after every change. */
  constructor(numbers: readonly OwnedNumber[], now: () => number, changed: () => void) {
    this.#numbers = numbers;
    this.#now = now;
    this.#changed = changed;
  }

  /** All of them. */
  all(): readonly OwnedNumber[] {
    return this.#numbers;
  }

  /** The numbers as they were so long ago, ms. */
  ago(ms: number): readonly OwnedNumber[] {
    const since = this.#now() - ms;
    return this.#past.find(({ until }) => until > since)?.numbers ?? this.#numbers;
  }

  /** Add those that are not there yet, as if they always had been. */
  add(numbers: readonly OwnedNumber[]): void {
    const known = new Set(this.#numbers.map(({ msisdn }) => msisdn));
    const fresh = numbers.filter(({ msisdn }) => !known.has(msisdn));
    if (fresh.length === 0) return;
    this.#numbers = [...this.#numbers, ...fresh];
    this.#changed();
  }

  /** Add, or replace where they stand. */
  put(numbers: readonly OwnedNumber[]): void {
    const byNumber = new Map(this.#numbers.map((number) => [number.msisdn, number]));
    for (const number of numbers) byNumber.set(number.msisdn, number);
    this.#set([...byNumber.values()]);
  }

  /** Remove; tells whether it was there. */
  remove(msisdn: string): boolean {
    const rest = this.#numbers.filter((number) => number.msisdn !== msisdn);
    const wasThere = rest.length < this.#numbers.length;
    if (wasThere) this.#set(rest);
    return wasThere;
  }

  /** Remove all, the past included. */
  clear(): void {
    this.#numbers = [];
    this.#past = [];
    this.#changed();
  }

  #set(numbers: readonly OwnedNumber[]): void {
    this.#past = [...this.#past.slice(1 - HISTORY_LIMIT), { until: this.#now(), numbers: this.#numbers }];
    this.#numbers = numbers;
    this.#changed();
  }
}
