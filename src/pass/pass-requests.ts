import type { Application, ApplicationId, LiveState } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { withSignals } from '../core/signals.ts';
import type { ApplicationWriter, CreateOutcome, ListOptions } from '../reconcile/ports.ts';

/** An account's API for one pass. It knows what is in flight, so that the pass's lock outlives every request. */
export class PassRequests implements ApplicationWriter {
  readonly #api: ApplicationWriter;
  readonly #failed = new AbortController();
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(api: ApplicationWriter) {
    this.#api = api;
  }

  /**
   * Ends as the work ends, but only when no request is in flight. After a failure reads are aborted and nothing further is sent;
   * writes are finished, for their outcome must be known.
   */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.#failed.abort(error);
      throw error;
    } finally {
      while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
    }
  }

  list(options: ListOptions): Promise<LiveState> {
    return this.#read(options.signal, (signal) => this.#api.list({ ...options, signal }));
  }

  get(id: ApplicationId, signal?: AbortSignal): Promise<Application | undefined> {
    return this.#read(signal, (joined) => this.#api.get(id, joined));
  }

  create(body: JsonObject, signal?: AbortSignal): Promise<CreateOutcome> {
    return this.#counted(async () => {
      if (this.#failed.signal.aborted) return { outcome: 'not-sent', error: stopped() };
      return this.#api.create(body, signal);
    });
  }

  replace(id: ApplicationId, body: JsonObject, signal?: AbortSignal): Promise<Application> {
    return this.#counted(async () => {
      this.#assertGoing();
      return this.#api.replace(id, body, signal);
    });
  }

  remove(id: ApplicationId, signal?: AbortSignal): Promise<void> {
    return this.#counted(async () => {
      this.#assertGoing();
      return this.#api.remove(id, signal);
    });
  }

  #read<Result>(signal: AbortSignal | undefined, send: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#counted(async () => {
      this.#assertGoing();
      return withSignals([this.#failed.signal, signal], send);
    });
  }

  async #counted<Result>(send: () => Promise<Result>): Promise<Result> {
    const sent = send();
    this.#inFlight.add(sent);
    try {
      return await sent;
    } finally {
      this.#inFlight.delete(sent);
    }
  }

  #assertGoing(): void {
    if (this.#failed.signal.aborted) throw stopped();
  }
}

function stopped(): ReconcilerError {
  return new ReconcilerError('E_ABORTED', { reason: 'the pass failed in the meantime' });
}
