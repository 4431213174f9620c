import type { Application, ApplicationId } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { type Clock, pageSize } from '../reconcile/ports.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** Memory is bounded, too: text of all pages of one reading per page allowed, in characters; five times what large bodies take. */
const maxCharactersPerPage = 512 * 1024;

const shortestLimitMs = 300_000;

/** One page: how many applications and pages there are in all, and those on this one. */
export interface Page {
  readonly total: number;
  readonly pages: number;
  readonly applications: readonly Application[];
  /** Length of the response, in characters. */
  readonly characters: number;
  /** The API's own time of the response, in milliseconds since 1970. */
  readonly serverTime: number | undefined;
}

/** What a listing is read with. */
export interface ListingSource {
  /** Pages count from 1. */
  readonly readPage: (page: number, signal: AbortSignal | undefined) => Promise<Page>;
  readonly clock: Clock;
  /** Pages read side by side. */
  readonly limit: number;
  /** Pauses before the repetitions of a listing that was not stable, in milliseconds. */
  readonly pausesMs: readonly number[];
  /** More pages than that are not read. */
  readonly maxPages: number;
  readonly requestsPerSecond: number;
  /** As people may see it. */
  readonly url: string;
}

/** All applications, or at least all that any page showed while the listing was not stable. */
export interface Listing {
  readonly applications: readonly Application[];
  readonly stable: boolean;
  /** Of the first page's response. */
  readonly serverTime: number | undefined;
}

/** Pages that were read one after the other. */
interface Reading {
  readonly found: ReadonlyMap<ApplicationId, Application>;
  readonly stable: boolean;
  /** The time was up before all were read. */
  readonly late: boolean;
  readonly serverTime: number | undefined;
}

/** How long so many requests may take in all, in milliseconds: three times what the rate limit makes of them, at least five minutes. */
export function timeLimitMs(requests: number, requestsPerSecond: number): number {
  return Math.max(shortestLimitMs, (3 * requests * 1000) / requestsPerSecond);
}

/**
 * Reads all pages. The set is accepted only if every page agrees on the total and the number of distinct ids equals it: an account
 * that changes between two pages shows one application twice, or not at all. Otherwise it is read again, page after page, after
 * growing pauses; at last, or when the time is up, the union of all readings is answered as not stable.
 * @throws {ReconcilerError} E_API_RESPONSE_UNREADABLE for more than may be read, or not even one reading in time
 */
export async function readListing(source: ListingSource, signal: AbortSignal | undefined): Promise<Listing> {
  const { clock } = source;
  const startedAt = clock.monotonic();
  const first = await readPages(source, { startedAt, limit: source.limit }, signal);
  if (first.late) throw refusal(source, 'its pages took too long');
  const { serverTime } = first;
  if (first.stable) return { applications: [...first.found.values()], stable: true, serverTime };
  const seen = new Map(first.found);
  for (const pauseMs of source.pausesMs) {
    await clock.sleep(pauseMs, signal);
    const { found, stable, late } = await readPages(source, { startedAt, limit: 1 }, signal);
    if (stable) return { applications: [...found.values()], stable, serverTime };
    for (const [id, application] of found) seen.set(id, application);
    if (late) break;
  }
  return { applications: [...seen.values()], stable: false, serverTime };
}

async function readPages(
  source: ListingSource,
  { startedAt, limit }: { readonly startedAt: number; readonly limit: number },
  signal: AbortSignal | undefined,
): Promise<Reading> {
  const { clock, requestsPerSecond } = source;
  const first = await source.readPage(1, signal);
  assertReadable(first, source);
  const tally = new Tally(first, source);
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
    stable: tally.stable && !late,
    late: late && !tally.ended,
    serverTime: first.serverTime,
  };
}

function assertReadable({ total, pages }: Page, source: ListingSource): void {
  const { maxPages } = source;
  if (pages <= maxPages && total <= maxPages * pageSize) return;
  throw refusal(
    source,
    `it reports ${total} applications on ${pages} pages, more than limits.pages allows (${maxPages})`,
  );
}

function refusal({ url }: ListingSource, reason: string): ReconcilerError {
  return new ReconcilerError('E_API_RESPONSE_UNREADABLE', { verb: 'GET', url, reason });
}

/** Counts what the pages of one reading show. */
class Tally {
  readonly found = new Map<ApplicationId, Application>();
  readonly #first: Page;
  readonly #source: ListingSource;
  #items = 0;
  #characters = 0;
  #agreed = true;
  #unexpected = false;

  constructor(first: Page, source: ListingSource) {
    this.#first = first;
    this.#source = source;
  }

  /** Whether no further page is needed: all are there, or one was short or brought nothing new. */
  get ended(): boolean {
    return this.#unexpected || this.#isComplete;
  }

  /** Whether the pages show one state: the same total everywhere, and as many different ids, each of them once. */
  get stable(): boolean {
    return (
      this.#agreed && !this.#unexpected && this.found.size === this.#first.total && this.#items === this.found.size
    );
  }

  get #isComplete(): boolean {
    return this.found.size >= this.#first.total;
  }

  add(page: Page, number: number): void {
    const { total, pages } = this.#first;
    const before = this.found.size;
    const wasComplete = this.#isComplete;
    for (const application of page.applications) this.found.set(application.id, application);
    this.#items += page.applications.length;
    this.#characters += page.characters;
    if (this.#characters > this.#source.maxPages * maxCharactersPerPage) {
      throw refusal(this.#source, 'its pages are larger together than limits.pages allows');
    }
    if (page.total !== total) this.#agreed = false;
    if (number === pages || wasComplete) return;
    const isShort = page.applications.length < Math.ceil(total / pages);
    if (isShort || this.found.size === before) this.#unexpected = true;
  }
}
