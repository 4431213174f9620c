import { ReconcilerError } from '../core/errors.ts';
import type { Clock } from '../reconcile/ports.ts';
import { type AttemptResult, abortedCode, attemptKind } from './attempt-result.ts';
import type { Call } from './failure.ts';
import { isRepeated, parseRetryAfter } from './retry.ts';

/** How far a call has come. */
interface CallProgress {
  readonly call: Call;
  /** The attempt that is over, counted from 1. */
  readonly attempt: number;
  readonly effectPossible: boolean;
}

/** The error of a call that its caller stopped. The loss of the lock says more than that something was stopped. */
export function stoppedBy(signal: AbortSignal | undefined, when = ''): ReconcilerError {
  const reason: unknown = signal?.reason;
  if (reason instanceof ReconcilerError && reason.code === 'E_LOCK_LOST') return reason;
  return new ReconcilerError('E_ABORTED', { when });
}

/** Whether the caller's stop is all that kept a call, without effect so far, from its next attempt. */
export function isStoppedBetween({ call, attempt, effectPossible }: CallProgress, result: AttemptResult): boolean {
  if (!call.signal?.aborted || ('code' in result && result.code === abortedCode)) return false;
  return isRepeated(call.verb, attemptKind(result), attempt) && (call.verb === 'GET' || !effectPossible);
}

/** The error of such a call, which says what it was waiting for. */
export function stoppedBetween(call: Call, result: AttemptResult, clock: Clock): ReconcilerError {
  const ended = 'status' in result ? `status ${result.status}` : result.code;
  const waitMs = result.kind === 'response' ? parseRetryAfter(result.retryAfter, clock.now()) : undefined;
  const asked = waitMs === undefined ? '' : `, Retry-After ${Math.ceil(waitMs / 1000)} s`;
  return stoppedBy(call.signal, ` while waiting to send ${call.verb} ${call.shown} again (${ended}${asked})`);
}
