/** The verbs of the Application API. */
export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The answer of a server, whatever it says. */
export interface ApiResponse {
  readonly kind: 'answer';
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

/** An attempt that got no whole answer: nothing left this machine, or it did and the answer was lost. */
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
export function attemptKind(reply: AttemptResult): AttemptKind {
  if (reply.kind !== 'answer') return reply.kind;
  if (reply.status === 429) return 'throttled';
  if (reply.status === 408 || reply.status >= 500) return 'failing';
  if (reply.status >= 400) return 'rejected';
  return reply.status >= 200 && reply.status < 300 ? 'done' : 'unexpected';
}

/** The code of a response that is past a bound. */
export const unreadableCode = 'RESPONSE_UNREADABLE';

/** The code of an attempt that the caller stopped while in progress. */
export const abortedCode = 'ABORTED';
