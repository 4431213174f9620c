/** A signal that aborts with the first of several, until it is given back. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Stops listening to the several. */
  release(): void;
}

/**
 * Joins signals for the time of one pass. AbortSignal.any would do the same but leaves a trace on its long-lived sources at every call
 * (Node 20), and a daemon makes passes continuously.
 */
export function joinSignals(...signals: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  const listeners = signals.map((signal) => {
    const listener = () => joined.abort(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
    return () => signal.removeEventListener('abort', listener);
  });
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) joined.abort(aborted.reason);
  return { signal: joined.signal, release: () => listeners.forEach((stop) => void stop()) };
}
