import type { ApplicationWriter, Clock } from '../reconcile/ports.ts';

/** An account's API that remembers how long listings take, and what time they told. */
export class TimedListings {
  readonly api: ApplicationWriter;
  #fastestMs: number | undefined;
  #serverTime: number | undefined;

  constructor(api: ApplicationWriter, clock: Clock) {
    this.api = {
      list: async (options) => {
        const began = clock.monotonic();
        const live = await api.list(options);
        this.#fastestMs = Math.min(this.#fastestMs ?? Number.POSITIVE_INFINITY, clock.monotonic() - began);
        this.#serverTime = live.serverTime ?? this.#serverTime;
        return live;
      },
      get: (id, signal) => api.get(id, signal),
      create: (body, signal) => api.create(body, signal),
      replace: (id, body, signal) => api.replace(id, body, signal),
      remove: (id, signal) => api.remove(id, signal),
    };
  }

  /** The API's time as the last listing that told one began, in milliseconds since 1970. */
  get serverTime(): number | undefined {
    return this.#serverTime;
  }

  /** The fastest listing so far, in milliseconds; undefined when there was none. */
  get fastestMs(): number | undefined {
    return this.#fastestMs;
  }
}
