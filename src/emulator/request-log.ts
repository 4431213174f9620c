/** One request to the API (the admin prefix is not logged). */
export interface RequestLogEntry {
  readonly sequence: number;
  /** ms since the epoch, by the emulator's clock. */
  readonly at: number;
  readonly verb: string;
  /** Path with query. */
  readonly path: string;
  /** Status decided, sent or not; absent while under way or when the connection was reset before that. */
  status?: number;
  /** Kind of the fault that struck. */
  fault?: string;
}

/** Requests by verb; `writes` sums POST, PUT and DELETE. All requests count, refused ones included. */
export type RequestCounts = Readonly<Record<string, number>> & { readonly writes: number };

/** Requests kept; counts go on beyond it. */
const LOG_LIMIT = 100_000;

/** Log of the API's requests, bounded, with counts by verb. */
export class RequestLog {
  #entries: RequestLogEntry[] = [];
  readonly #counts = new Map<string, number>();
  #sequence = 0;

  /** Note a request as it arrives; status and fault are filled in later. */
  open(verb: string, path: string, at: number): RequestLogEntry {
    this.#sequence += 1;
    const entry: RequestLogEntry = { sequence: this.#sequence, at, verb, path };
    this.#entries.push(entry);
    if (this.#entries.length >= LOG_LIMIT * 1.1) this.#entries = this.#entries.slice(-LOG_LIMIT);
    this.#counts.set(verb, (this.#counts.get(verb) ?? 0) + 1);
    return entry;
  }

  /** The latest requests, oldest first. */
  entries(): RequestLogEntry[] {
    return this.#entries.slice(-LOG_LIMIT).map((entry) => ({ ...entry }));
  }

  /** Requests by verb since the last clearing; the five verbs of the API are always there. */
  counts(): RequestCounts {
    const { GET = 0, POST = 0, PUT = 0, DELETE = 0, ...others } = Object.fromEntries(this.#counts);
    return { GET, POST, PUT, DELETE, ...others, writes: POST + PUT + DELETE };
  }

  /** Forget all. */
  clear(): void {
    this.#entries = [];
    this.#counts.clear();
    this.#sequence = 0;
  }
}
