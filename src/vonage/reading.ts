import type { Application, ApplicationId, UnreadableApplication } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { Clock } from '../reconcile/ports.ts';

/** Memory is bounded, too: text of all pages of one reading per page allowed, in characters; five times what large bodies take. */
const maxCharactersPerPage = 512 * 1024;

const shortestLimitMs = 300_000;

/** One page: how many applications and pages there are in all, and those on this one. */
export interface Page {
  /** Undefined when the page does not say. */
  readonly total: number | undefined;
  readonly pages: number;
  /** With fewer applications than that a page is the last one. */
  readonly size: number;
  readonly applications: readonly Application[];
  readonly unreadable: readonly UnreadableApplication[];
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

/** Pages that were read one after the other. */
export interface Reading {
  readonly found: ReadonlyMap<ApplicationId, Application>;
  readonly unreadable: readonly UnreadableApplication[];
  /** Whether the pages say how many there are. */
  readonly counted: boolean;
  /** Whether they show one state. */
  readonly stable: boolean;
  /** The time was up before all were read. */
  readonly late: boolean;
  readonly serverTime: number | undefined;
}

/** How long so many requests may take in all, in milliseconds: three times what the rate limit makes of them, at least five minutes. */
export function timeLimitMs(requests: number, requestsPerSecond: number): number {
  return Math.max(shortestLimitMs, (3 * requests * 1000) / requestsPerSecond);
}

/** The error of a listing that is not read. */
export function refusal({ url }: ListingSource, reason: string): ReconcilerError {
  return new ReconcilerError('E_API_RESPONSE_UNREADABLE', { verb: 'GET', url, reason });
}

/** Keeps what the pages of one reading show. */
export class Finds {
  readonly found = new Map<ApplicationId, Application>();
  readonly #unreadable = new Map<string, UnreadableApplication>();
  readonly #source: ListingSource;
  #characters = 0;
  #items = 0;

  constructor(source: ListingSource) {
    this.#source = source;
  }

  get unreadable(): readonly UnreadableApplication[] {
    return [...this.#unreadable.values()];
  }

  /** How many different applications there were. */
  get size(): number {
    return this.found.size + this.#unreadable.size;
  }

  /** Whether any was there twice. */
  get hasRepetition(): boolean {
    return this.#items !== this.size;
  }

  /** @throws {ReconcilerError} E_API_RESPONSE_UNREADABLE for more text than may be kept */
  add({ applications, unreadable, characters }: Page): void {
    for (const application of applications) this.found.set(application.id, application);
    for (const item of unreadable) this.#unreadable.set(item.where, item);
    this.#items += applications.length + unreadable.length;
    this.#characters += characters;
    if (this.#characters > this.#source.maxPages * maxCharactersPerPage)
      throw refusal(this.#source, 'its pages are larger together than limits.pages allows');
  }
}

/** How many applications a page shows, those that cannot be read included. */
export function itemsOn({ applications, unreadable }: Page): number {
  return applications.length + unreadable.length;
}
