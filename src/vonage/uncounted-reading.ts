import { Finds, itemsOn, type ListingSource, type Page, type Reading, refusal, timeLimitMs } from './reading.ts';

/**
 * Reads pages that do not say how many there are, one after the other up to the first that is not full. It is not stable when a full
 * page brings nothing new, which is how a server that ignores the number of the page looks, or when a page says a number after all.
 * @throws {ReconcilerError} E_API_RESPONSE_UNREADABLE for more pages than may be read
 */
export async function readUncounted(
  first: Page,
  source: ListingSource,
  startedAt: number,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  const finds = new Finds(source);
  const end = await readToShortPage(first, { source, startedAt, finds }, signal);
  const { found, unreadable } = finds;
  const stable = end === 'short' && !finds.hasRepetition;
  return { found, unreadable, counted: false, stable, late: end === 'late', serverTime: first.serverTime };
}

interface Progress {
  readonly source: ListingSource;
  readonly startedAt: number;
  readonly finds: Finds;
}

async function readToShortPage(
  first: Page,
  { source, startedAt, finds }: Progress,
  signal: AbortSignal | undefined,
): Promise<'short' | 'unexpected' | 'late'> {
  const { clock, maxPages, requestsPerSecond } = source;
  let page = first;
  for (let number = 1; number <= maxPages; number += 1) {
    const before = finds.size;
    finds.add(page);
    if (page.total !== undefined) return 'unexpected';
    if (itemsOn(page) < page.size) return 'short';
    if (finds.size === before) return 'unexpected';
    if (clock.monotonic() > startedAt + timeLimitMs(number, requestsPerSecond)) return 'late';
    if (number < maxPages) page = await source.readPage(number + 1, signal);
  }
  throw refusal(source, `it has more pages than limits.pages allows (${maxPages})`);
}
