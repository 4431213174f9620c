import { isJsonObject, parseJson } from '../core/json.ts';
import { parseHttpDate } from '../net/http-date.ts';
import type { HttpResult } from '../net/request.ts';

type Response = Extract<HttpResult, { readonly status: number }>;

/** Where a forge says nothing of how long, in milliseconds. Source: docs.github.com, "Rate limits for the REST API" */
const usualMs = 60_000;
/** Longest that is waited, in milliseconds, whatever a forge says. */
const longestMs = 3_600_000;

/**
 * How long a forge wants to be left alone, in milliseconds; undefined where it refuses a request for another reason. Moments are reckoned
 * by the server's clock.
 * Source: docs.github.com, "Rate limits for the REST API"; docs.gitlab.com, "User and IP rate limits"
 */
export function rateLimitWaitMs(response: Response, now: number): number | undefined {
  if (!isRateLimited(response)) return undefined;
  const { headers } = response;
  const serverTime = parseHttpDate(headers['date']) ?? now;
  const waits = [
    retryAfterMs(headers['retry-after'], serverTime),
    untilMs(headers['x-ratelimit-reset'], serverTime),
    untilMs(headers['ratelimit-reset'], serverTime),
  ];
  const asked = waits.find((ms) => ms !== undefined) ?? usualMs;
  return Math.min(Math.max(asked, 1_000), longestMs);
}

/** A 403 may be a right that is missing: only what comes with it tells. */
function isRateLimited({ status, headers, text }: Response): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return 'retry-after' in headers || headers['x-ratelimit-remaining'] === '0' || saysSo(text);
}

/** GitHub's secondary limits may come without a header. */
function saysSo(text: string): boolean {
  const body = parseJson(text);
  return isJsonObject(body) && typeof body['message'] === 'string' && /rate limit/i.test(body['message']);
}

/** Seconds, or a date. Source: RFC 9110, 10.2.3 */
function retryAfterMs(header: string | undefined, serverTime: number): number | undefined {
  if (header !== undefined && /^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = parseHttpDate(header);
  return at === undefined ? undefined : at - serverTime;
}

/** Seconds since 1970. */
function untilMs(header: string | undefined, serverTime: number): number | undefined {
  return header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) * 1000 - serverTime : undefined;
}
