import { type JoinedSignal, joinSignals } from '../core/signals.ts';

/** A signal that aborts with its parent, or when the time of a call is up; release it when the call is over. */
export function startDeadline(ms: number, parent: AbortSignal | undefined): JoinedSignal {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('the request timed out')), ms);
  timer.unref();
  const joined = joinSignals(parent, late.signal);
  return {
    signal: joined.signal,
    release() {
      clearTimeout(timer);
      joined.release();
    },
  };
}
