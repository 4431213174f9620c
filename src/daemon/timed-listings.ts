import type { ApplicationWriter, Clock } from '../reconcile/ports.ts';

/** An account's API that remembers how long listings take. */
export class TimedListings {
  readonly api: ApplicationWriter;
  #fastestMs: number | undefined;

  constructor(api: ApplicationWriter, clock: Clock) {
    this.api = {
      list: async (options) => {
        const began = clock.now();
        const live = await api.list(options);
        this.#fastestMs = Math.min(this.#fastestMs ?? Number.POSITIVE_INFINITY, clock.now() - began);
        return live;
      },
      get: (id, signal) => api.get(id, signal),
      create: (body, signal) => api.create(body, signal),
      replace: (id, body, signal) => api.replace(id, body, signal),
      remove: (id, signal) => api.remove(id, signal),
    };
  }

  /** The fastest listing so far, in milliseconds; undefined when there was none. */
  get fastestMs(): number | undefined {
    return this.#fastestMs;
  }
}
