/** The verbs of the Application API. */
export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The response of a server, whatever it says. */
export interface ApiResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly contentType: string;
  /** The Retry-After header as it came. */
  readonly retryAfter: string | undefined;
  /** The Date header as it came. */
  readonly date: string | undefined;
  readonly text: string;
}

/** A response that is past a bound: it was not read to its end, and asking again would bring it again. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly code: typeof unreadableCode;
  readonly status: number;
  /** Which bound; one clause without secrets. */
  readonly reason: string;
}

/** An attempt that got no whole response: nothing left this machine, or it did and the response was lost. */
export interface TransportFailure {
  readonly kind: 'not-sent' | 'untrusted' | 'lost';
  /** Such as ECONNREFUSED. */
  readonly code: string;
  /** One sentence without secrets. */
  readonly reason: string;
}

/** How one attempt ended. `untrusted`: the server's certificate was refused, so nothing was sent and repeating is no use. */
export type AttemptResult = ApiResponse | Unreadable | TransportFailure;

/** Attempts in the groups that decisions are made by. */
export type AttemptKind =
  | 'done'
  | 'throttled'
  | 'rejected'
  | 'failing'
  | 'unexpected'
  | Unreadable['kind']
  | TransportFailure['kind'];

/** The group of an attempt. 408 says that the server gave up waiting, which proves nothing: it counts as failing. */
export function attemptKind(result: AttemptResult): AttemptKind {
  if (result.kind !== 'response') return result.kind;
  if (result.status === 429) return 'throttled';
  if (result.status === 408 || result.status >= 500) return 'failing';
  if (result.status >= 400) return 'rejected';
  return result.status >= 200 && result.status < 300 ? 'done' : 'unexpected';
}

/** The code of a response that is past a bound. */
export const unreadableCode = 'RESPONSE_UNREADABLE';

/** The code of an attempt that the caller stopped while in progress. */
export const abortedCode = 'ABORTED';
