/** A signal that aborts with its parent, or when the time of a call is up. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** To be called when the call is over: lets go of the parent and of the timer. */
  release(): void;
}

/**
 * Bounds a call. AbortSignal.any would do, but on Node 20 it keeps every signal made from a long-lived one alive.
 */
export function startDeadline(ms: number, parent: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const stop = (): void => controller.abort(parent?.reason);
  const timer = setTimeout(() => controller.abort(new Error('the time allowed for this call is up')), ms);
  timer.unref();
  parent?.addEventListener('abort', stop, { once: true });
  if (parent?.aborted) stop();
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', stop);
    },
  };
}

/** A signal that aborts with the first of two, until it is released. */
export function joinSignals(
  one: AbortSignal | undefined,
  other: AbortSignal,
): { readonly signal: AbortSignal; release(): void } {
  const joined = new AbortController();
  const signals = one === undefined ? [other] : [other, one];
  const stops = signals.map((signal) => {
    const stop = (): void => joined.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    return () => signal.removeEventListener('abort', stop);
  });
  return { signal: joined.signal, release: () => stops.forEach((stop) => void stop()) };
}
