/**
 * Does the work on every item, at most `limit` at a time, and yields the results as they come. When the consumer
 * stops early or a work fails, what is in flight is awaited and nothing new starts.
 */
export async function* runConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running = new Map<number, Promise<readonly [number, Result]>>();
  let next = 0;
  try {
    while (next < items.length || running.size > 0) {
      for (const item of items.slice(next, next + limit - running.size)) {
        const index = next;
        running.set(
          index,
          work(item).then((result) => [index, result] as const),
        );
        next += 1;
      }
      const [index, result] = await Promise.race(running.values());
      running.delete(index);
      yield result;
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}
