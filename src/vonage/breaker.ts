import { type AttemptResult, attemptKind } from './attempt-result.ts';

/** What an attempt says about the account's connection as a whole; `neutral` says nothing. */
export type Health = 'healthy' | 'unauthorized' | 'failing' | 'neutral';

/** What a circuit breaker knows. Times are milliseconds of the monotonic clock. */
export interface BreakerState {
  /** 401 and 403 in a row. */
  readonly unauthorized: number;
  /** 5xx, 408 and broken connections in a row. */
  readonly failing: number;
  /** How often it opened since the last healthy response. */
  readonly openings: number;
  readonly openUntil: number | undefined;
  /** A probe is in progress. */
  readonly probing: boolean;
}

/** A breaker that has seen nothing. */
export const closedBreaker: BreakerState = {
  unauthorized: 0,
  failing: 0,
  openings: 0,
  openUntil: undefined,
  probing: false,
};

const limits = { unauthorized: 3, failing: 10 };
const firstPauseMs = 30_000;
const maxPauseMs = 900_000;

/** The health an attempt speaks of. A refusal of what was asked is healthy: the server understood and decided. */
export function healthOf(result: AttemptResult): Health {
  if ('status' in result && (result.status === 401 || result.status === 403)) return 'unauthorized';
  switch (attemptKind(result)) {
    case 'done':
    case 'rejected':
      return 'healthy';
    case 'failing':
    case 'lost':
    case 'not-sent':
    case 'untrusted':
    case 'unreadable':
      return 'failing';
    case 'throttled':
    case 'unexpected':
      return 'neutral';
  }
}

/** Whether a request may leave now: freely, as the one probe of an open breaker, or not at all. */
export function admission(state: BreakerState, now: number): 'free' | 'probe' | 'refused' {
  if (state.openUntil === undefined) return 'free';
  return now >= state.openUntil && !state.probing ? 'probe' : 'refused';
}

/** The state after an attempt. `probe`: it was the one let through an open breaker. */
export function afterAttempt(state: BreakerState, health: Health, probe: boolean, now: number): BreakerState {
  const settled = probe ? { ...state, probing: false } : state;
  if (health === 'healthy') return closedBreaker;
  // Late responses to requests that left before it opened change nothing.
  if (health === 'neutral' || (state.openUntil !== undefined && !probe)) return settled;
  const counts = {
    unauthorized: health === 'unauthorized' ? state.unauthorized + 1 : 0,
    failing: health === 'failing' ? state.failing + 1 : 0,
  };
  if (!probe && counts[health] < limits[health]) return { ...settled, ...counts };
  const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** state.openings);
  return { ...settled, ...counts, openings: state.openings + 1, openUntil: now + pauseMs };
}

/** Keeps wrong credentials and a failing server from being hammered: one per account. */
export class Breaker {
  #state = closedBreaker;

  /** Whether a request may leave; a `probe` must be reported by `note`, whatever became of it. */
  admit(now: number): 'free' | 'probe' | 'refused' {
    const admitted = admission(this.#state, now);
    if (admitted === 'probe') this.#state = { ...this.#state, probing: true };
    return admitted;
  }

  /** Takes an attempt into account; answers whether the breaker opened by it. */
  note(health: Health, probe: boolean, now: number): boolean {
    const before = this.#state.openings;
    this.#state = afterAttempt(this.#state, health, probe, now);
    return this.#state.openings > before;
  }

  /** Other credentials: what was held against the old ones does not count. */
  reset(): void {
    this.#state = closedBreaker;
  }

  /** Failures in a row, and how long it stays open, in seconds. */
  report(now: number): { readonly failures: number; readonly pauseSeconds: number } {
    const { unauthorized, failing, openUntil } = this.#state;
    return {
      failures: Math.max(unauthorized, failing),
      pauseSeconds: Math.max(0, Math.ceil(((openUntil ?? now) - now) / 1000)),
    };
  }
}
