import type { Clock } from '../reconcile/ports.ts';

/** Slowest rate a throttling server brings us to, in requests per second. */
const floorRate = 0.5;
const recoveryMs = 5_000;
const recoveryFactor = 1.1;

/** What a rate limiter works with. */
export interface RateLimiterOptions {
  /** Configured rate, which recovery never exceeds. */
  readonly requestsPerSecond: number;
  /** Requests that may leave at once. */
  readonly burst: number;
  readonly clock: Clock;
}

/**
 * The rate limiter of one account: a token bucket whose rate halves when the server throttles and recovers by 10 % for every 5 seconds
 * without. Four requests in flight meet one limit together, so 429s of requests that left before the last halving do not
 * halve again. Time is that of the monotonic clock: a wall clock that is set neither holds requests up nor lets them go.
 */
export class RateLimiter {
  readonly #maxRate: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #rate: number;
  #tokens: number;
  #filledAt: number;
  #steadySince: number;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #epoch = 0;

  constructor({ requestsPerSecond, burst, clock }: RateLimiterOptions) {
    this.#maxRate = requestsPerSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#rate = requestsPerSecond;
    this.#tokens = burst;
    this.#filledAt = clock.monotonic();
    this.#steadySince = this.#filledAt;
  }

  /** Requests per second at this moment. */
  get rate(): number {
    this.#advance();
    return this.#rate;
  }

  /** Waits for a token; answers with the rate epoch to report a 429 with. Rejects when the signal aborts. */
  async take(signal: AbortSignal | undefined): Promise<number> {
    for (;;) {
      const waitMs = this.#advance();
      if (waitMs <= 0) break;
      await this.#clock.sleep(Math.ceil(waitMs), signal);
    }
    this.#tokens -= 1;
    return this.#epoch;
  }

  /** A request of that epoch was answered 429. Answers whether the rate was halved for it. */
  throttled(epoch: number): boolean {
    this.#advance();
    this.#steadySince = this.#clock.monotonic();
    if (epoch !== this.#epoch) return false;
    this.#epoch += 1;
    this.#rate = Math.max(Math.min(floorRate, this.#maxRate), this.#rate / 2);
    this.#tokens = Math.min(this.#tokens, 0);
    return true;
  }

  /** No request of this account leaves for that long, in milliseconds. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms);
  }

  /** Brings rate and tokens up to now; milliseconds until a request may leave. */
  #advance(): number {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) * this.#rate) / 1000);
    this.#filledAt = now;
    this.#recover(now);
    const tokenMs = this.#tokens >= 1 ? 0 : ((1 - this.#tokens) * 1000) / this.#rate;
    return Math.max(tokenMs, this.#pausedUntil - now);
  }

  #recover(now: number): void {
    while (this.#rate < this.#maxRate && now - this.#steadySince >= recoveryMs) {
      this.#rate = Math.min(this.#maxRate, this.#rate * recoveryFactor);
      this.#steadySince += recoveryMs;
    }
  }
}
