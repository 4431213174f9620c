import type { ReconcilerError } from '../core/errors.ts';
import { failureOf } from './failure.ts';
import type { Reply, Verb } from './reply.ts';
import type { Scrub } from './scrub.ts';

/** An API key and its secret. */
export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** One attempt, for metrics: it has a status, or the code of what broke it. */
export interface RequestEvent {
  readonly verb: Verb;
  readonly status?: number;
  readonly code?: string;
  readonly durationMs: number;
  /** Counted from 1 within its call. */
  readonly attempt: number;
}

/** A call. */
export interface Call {
  readonly verb: Verb;
  readonly url: URL;
  /** The URL as people may see it. */
  readonly shown: string;
  readonly body?: string;
  readonly signal: AbortSignal | undefined;
}

/** How a call ended: with the reply of its last attempt, or `stopped` before there was any that counts. */
export type Sent = {
  readonly attempts: number;
  readonly effectPossible: boolean;
  readonly scrub: Scrub;
  readonly credentialsFrom: string;
} /** `answered`: at least one attempt reached a server. */ & (
  | { readonly end: 'reply'; readonly reply: Reply; readonly answered: boolean }
  | { readonly end: 'stopped'; readonly error: ReconcilerError }
);

/** The error of a call that brought no usable answer. */
export function errorOf(call: Call, sent: Sent): ReconcilerError {
  if (sent.end === 'stopped') return sent.error;
  const { reply, attempts, effectPossible, scrub, credentialsFrom } = sent;
  return failureOf({ verb: call.verb, url: call.shown, reply, attempts, effectPossible, scrub, credentialsFrom });
}
