import type { Application, UnreadableApplication } from '../core/application/application.ts';
import { pageSize } from '../reconcile/ports.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { Finds, itemsOn, type ListingSource, type Page, type Reading, refusal, timeLimitMs } from './reading.ts';
import { readUncounted } from './uncounted-reading.ts';

/** All applications, or at least all that any page showed while the listing was not stable. */
export interface Listing {
  readonly applications: readonly Application[];
  /** What could not be read; a listing with such applications is not stable. */
  readonly unreadable: readonly UnreadableApplication[];
  readonly stable: boolean;
  /** The pages do not say how many there are; two readings agreed if it is stable. */
  readonly uncounted: boolean;
  /** Of the first page's response. */
  readonly serverTime: number | undefined;
}

/**
 * Reads all pages. The set is accepted only if every page agrees on the total and the number of distinct ids equals it: an account
 * that changes between two pages shows one application twice, or not at all. Otherwise it is read again, page after page, after
 * growing pauses; at last, or when the time is up, the union of all readings is answered as not stable. Pages that do not say a total
 * are read twice, and both readings must agree.
 * @throws {ReconcilerError} E_API_RESPONSE_UNREADABLE for more than may be read, or not even one reading in time
 */
export async function readListing(source: ListingSource, signal: AbortSignal | undefined): Promise<Listing> {
  const { clock } = source;
  const startedAt = clock.monotonic();
  const first = await readPages(source, { startedAt, limit: source.limit }, signal);
  if (first.late) throw refusal(source, 'its pages took too long');
  const readAgain = () => readPages(source, { startedAt, limit: 1 }, signal);
  if (!first.counted) return agreed(first, await readAgain());
  if (first.stable) return accepted(first);
  const readings: [Reading, ...Reading[]] = [first];
  for (const pauseMs of source.pausesMs) {
    await clock.sleep(pauseMs, signal);
    const again = await readAgain();
    if (again.stable && again.counted) return accepted(again);
    readings.push(again);
    if (again.late) break;
  }
  return { ...united(readings), stable: false, uncounted: false };
}

function accepted(reading: Reading): Listing {
  return { ...united([reading]), stable: reading.unreadable.length === 0, uncounted: false };
}

/** Two readings without a total: complete as far as two that agree can be. */
function agreed(one: Reading, other: Reading): Listing {
  if (other.counted && other.stable) return accepted(other);
  const isSame = one.found.size === other.found.size && [...one.found.keys()].every((id) => other.found.has(id));
  const union = united([one, other]);
  const stable = one.stable && other.stable && isSame && union.unreadable.length === 0;
  return { ...union, stable, uncounted: true };
}

/** What any of them showed, the latest of each. */
function united(readings: readonly [Reading, ...Reading[]]): Omit<Listing, 'stable' | 'uncounted'> {
  const found = new Map(readings.flatMap((reading) => [...reading.found]));
  const unreadable = new Map(readings.flatMap((reading) => reading.unreadable.map((item) => [item.where, item])));
  return {
    applications: [...found.values()],
    unreadable: [...unreadable.values()].filter(({ id }) => id === undefined || !found.has(id)),
    serverTime: readings[0].serverTime,
  };
}

async function readPages(
  source: ListingSource,
  { startedAt, limit }: { readonly startedAt: number; readonly limit: number },
  signal: AbortSignal | undefined,
): Promise<Reading> {
  const { clock, requestsPerSecond } = source;
  const first = await source.readPage(1, signal);
  if (first.total === undefined) return readUncounted(first, source, startedAt, signal);
  const counted = { ...first, total: first.total };
  assertReadable(counted, source);
  const tally = new Tally(counted, source);
  tally.add(first, 1);
  const until = startedAt + timeLimitMs(first.pages, requestsPerSecond);
  const rest = Array.from({ length: first.pages - 1 }, (_, index) => index + 2);
  let late = false;
  await mapConcurrently(rest, { limit, signal }, async (number, stop) => {
    if (tally.ended) return;
    if (clock.monotonic() > until) late = true;
    else tally.add(await source.readPage(number, stop), number);
  });
  return {
    found: tally.found,
    unreadable: tally.unreadable,
    counted: true,
    stable: tally.stable && !late,
    late: late && !tally.ended,
    serverTime: first.serverTime,
  };
}

interface CountedPage extends Page {
  readonly total: number;
}

function assertReadable({ total, pages }: CountedPage, source: ListingSource): void {
  const { maxPages } = source;
  if (pages <= maxPages && total <= maxPages * pageSize) return;
  throw refusal(
    source,
    `it reports ${total} applications on ${pages} pages, more than limits.pages allows (${maxPages})`,
  );
}

/** Counts what the pages of one reading show. */
class Tally {
  readonly #first: CountedPage;
  readonly #finds: Finds;
  #agreed = true;
  #unexpected = false;

  constructor(first: CountedPage, source: ListingSource) {
    this.#first = first;
    this.#finds = new Finds(source);
  }

  get found(): Reading['found'] {
    return this.#finds.found;
  }

  get unreadable(): Reading['unreadable'] {
    return this.#finds.unreadable;
  }

  /** Whether no further page is needed: all are there, or one was short or brought nothing new. */
  get ended(): boolean {
    return this.#unexpected || this.#isComplete;
  }

  /** Whether the pages show one state: the same total everywhere, and as many different ids, each of them once. */
  get stable(): boolean {
    const { size, hasRepetition } = this.#finds;
    return this.#agreed && !this.#unexpected && size === this.#first.total && !hasRepetition;
  }

  get #isComplete(): boolean {
    return this.#finds.size >= this.#first.total;
  }

  add(page: Page, number: number): void {
    const { total, pages } = this.#first;
    const before = this.#finds.size;
    const wasComplete = this.#isComplete;
    this.#finds.add(page);
    if (page.total !== total) this.#agreed = false;
    if (number === pages || wasComplete) return;
    const isShort = itemsOn(page) < Math.ceil(total / pages);
    if (isShort || this.#finds.size === before) this.#unexpected = true;
  }
}
