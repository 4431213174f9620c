import type { AttemptKind, Verb } from './attempt-result.ts';

/** Most attempts of one call. */
export const maxAttempts = 6;

/** Longest Retry-After that is obeyed, in milliseconds; a server that asks for more is asked again after this. */
const maxRetryAfterMs = 60_000;

const firstBackoffMs = 500;
const maxBackoffMs = 20_000;

const idempotent: Readonly<Record<AttemptKind, boolean>> = {
  done: false,
  rejected: false,
  unexpected: false,
  unreadable: false,
  untrusted: false,
  throttled: true,
  failing: true,
  lost: true,
  'not-sent': true,
};

/** Whether an attempt is repeated. A POST only where the attempt surely had no effect: the API has no idempotency key. */
const repeated: Readonly<Record<Verb, Readonly<Record<AttemptKind, boolean>>>> = {
  GET: idempotent,
  PUT: idempotent,
  DELETE: idempotent,
  POST: { ...idempotent, failing: false, lost: false },
};

/** Whether the application may have been changed although the attempt was no success. */
const effects: Readonly<Record<AttemptKind, boolean>> = {
  done: true,
  failing: true,
  unexpected: true,
  lost: true,
  unreadable: true,
  throttled: false,
  rejected: false,
  untrusted: false,
  'not-sent': false,
};

/** Whether this attempt, the nth counted from 1, is followed by another. */
export function isRepeated(verb: Verb, kind: AttemptKind, attempt: number): boolean {
  return attempt < maxAttempts && repeated[verb][kind];
}

/** Whether an attempt that ended so may have taken effect. */
export function mayHaveTakenEffect(kind: AttemptKind): boolean {
  return effects[kind];
}

/**
 * Milliseconds until the next attempt: what the server asked for, plus a little so that not all come back at once; else full
 * jitter below a limit that doubles with each attempt (counted from 1). `random` is 0 to 1.
 */
export function backoffDelay(attempt: number, retryAfterMs: number | undefined, random: number): number {
  if (retryAfterMs !== undefined) return Math.round(retryAfterMs + random * firstBackoffMs);
  return Math.round(random * Math.min(maxBackoffMs, firstBackoffMs * 2 ** (attempt - 1)));
}

/** A Retry-After header in milliseconds, seconds or HTTP date (RFC 9110, 10.2.3), capped; undefined when it is neither. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(maxRetryAfterMs, Number(text) * 1000);
  // Date.parse takes nearly anything for a date, "-1" and "1.5" included; an HTTP date begins with a day's name.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  return Math.min(maxRetryAfterMs, Math.max(0, at - nowMs));
}
