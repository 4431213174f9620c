import { joinSignals } from '../core/signals.ts';

/**
 * Runs a task for every item, so many at once, and answers in the items' order. When one fails the others are stopped, and only
 * when all have ended does the promise reject, with the first failure.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal | undefined },
  task: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const stop = new AbortController();
  const joined = joinSignals(signal, stop.signal);
  const results = new Map<number, Result>();
  const failures: unknown[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return;
      try {
        results.set(index, await task(item, joined.signal));
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  joined.release();
  if (failures.length > 0) throw failures[0];
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}
