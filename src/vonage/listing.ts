import type { Application, ApplicationId } from '../core/application.ts';
import type { Clock } from '../reconcile/ports.ts';
import { sideBySide } from './side-by-side.ts';

/** Applications asked for per page, the API's maximum (Vonage OpenAPI 2.4.1). */
export const pageSize = 100;

/** One page: how many applications and pages there are in all, and those on this one. */
export interface Page {
  readonly total: number;
  readonly pages: number;
  readonly applications: readonly Application[];
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
}

/** All applications, or at least all that any page showed while the listing was not stable. */
export interface Listing {
  readonly applications: readonly Application[];
  readonly stable: boolean;
}

/**
 * Reads all pages. The set is accepted only if every page agrees on the total and the number of distinct ids equals it: an account
 * that changes between two pages shows one application twice, or not at all. Otherwise it is read again, page after page, after
 * growing pauses; at last the union of all tries is answered as not stable.
 */
export async function readListing(source: ListingSource, signal: AbortSignal | undefined): Promise<Listing> {
  const seen = new Map<ApplicationId, Application>();
  let limit = source.limit;
  for (const pauseMs of [0, ...source.pausesMs]) {
    if (pauseMs > 0) await source.clock.sleep(pauseMs, signal);
    const pages = await readPages(source, limit, signal);
    const found = new Map(pages.flatMap((page) => page.applications).map((found) => [found.id, found]));
    if (isStable(pages, found.size)) return { applications: [...found.values()], stable: true };
    for (const [id, application] of found) seen.set(id, application);
    limit = 1;
  }
  return { applications: [...seen.values()], stable: false };
}

/** Whether pages that were read one after the other show one state: same total everywhere, and as many distinct ids. */
function isStable(pages: readonly Page[], distinctIds: number): boolean {
  return pages.every((page) => page.total === distinctIds);
}

async function readPages(source: ListingSource, limit: number, signal: AbortSignal | undefined): Promise<Page[]> {
  const first = await source.readPage(1, signal);
  const rest = Array.from({ length: first.pages - 1 }, (_, index) => index + 2);
  return [first, ...(await sideBySide(rest, { limit, signal }, source.readPage))];
}
