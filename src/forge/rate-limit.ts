import { parseHttpDate } from '../net/http-date.ts';
import type { HttpResult } from '../net/request.ts';

/** A response. */
type Response = Extract<HttpResult, { status: number }>;

/** Before a forge is asked again that names no time, in milliseconds: what GitHub asks for after a secondary rate limit. */
const unnamedMs = 60_000;
/** Longest wait that a forge may ask for, in milliseconds. */
const longestMs = 3_600_000;

/**
 * How long a forge wants not to be asked, in milliseconds, when it refused a request because of too many; undefined when it refused it for
 * another reason, or not at all. Times are reckoned by the server's clock, else by `now`, in milliseconds since 1970.
 * Sources: docs.github.com, "Rate limits for the REST API" (403 or 429 with `retry-after`, or `x-ratelimit-remaining: 0` and
 * `x-ratelimit-reset`, in seconds since 1970; a secondary limit may have neither: at least one minute); docs.gitlab.com, "User and IP rate limits"
 * (429 with `Retry-After`, in seconds, and `RateLimit-Reset`, in seconds since 1970)
 */
export function rateLimitWaitMs({ status, headers, text }: Response, now: number): number | undefined {
  const after = seconds(headers['retry-after']);
  const isOver = headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(text);
  if (status !== 429 && !(status === 403 && (after !== undefined || isOver))) return undefined;
  const reset = seconds(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']);
  const serverTime = parseHttpDate(headers['date']) ?? now;
  const untilReset = reset === undefined ? unnamedMs : reset * 1000 - serverTime;
  const wait = after === undefined ? untilReset : after * 1000;
  return Math.min(longestMs, Math.max(1000, wait));
}

function seconds(header: string | undefined): number | undefined {
  return /^\d{1,12}$/.test(header ?? '') ? Number(header) : undefined;
}
