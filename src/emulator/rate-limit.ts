/** Requests allowed in a period of `perMs` milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly perMs: number;
}

/** Fractions of tokens add up inexactly: whoever waited as long as told must get one. */
const ROUNDING = 1e-6;

/** Token bucket: holds `requests` tokens, refilled evenly over `perMs`. */
export class TokenBucket {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(limit: RateLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
    this.#tokens = limit.requests;
    this.#filledAt = now();
  }

  /** Take one token; returns 0, or how many ms until one is there. */
  take(): number {
    const { requests, perMs } = this.#limit;
    const now = this.#now();
    this.#tokens = Math.min(requests, this.#tokens + ((now - this.#filledAt) * requests) / perMs);
    this.#filledAt = now;
    if (this.#tokens >= 1 - ROUNDING) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) * perMs) / requests - ROUNDING);
  }

  /** Full again. */
  reset(): void {
    this.#tokens = this.#limit.requests;
    this.#filledAt = this.#now();
  }
}
