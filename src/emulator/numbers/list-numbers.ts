import type { JsonObject } from '../json.ts';
import { isSameId, type OwnedNumber } from './owned-number.ts';

/** Source: docs/api-notes.md#numbers */
const DEFAULT_SIZE = 10;
const MAX_SIZE = 100;

/** Where in a number a pattern is searched, by `search_pattern`. */
const SEARCHES: Readonly<Record<string, (msisdn: string, pattern: string) => boolean>> = {
  '0': (msisdn, pattern) => msisdn.startsWith(pattern),
  '1': (msisdn, pattern) => msisdn.includes(pattern),
  '2': (msisdn, pattern) => msisdn.endsWith(pattern),
};

/**
 * The page of these numbers that a query asks for: `count` is the total of all pages, and where nothing is found there are no members at
 * all. Undefined if the query is invalid.
 */
export function listNumbers(query: URLSearchParams, numbers: readonly OwnedNumber[]): JsonObject | undefined {
  const size = wholeNumber(query.get('size'), DEFAULT_SIZE);
  const index = wholeNumber(query.get('index'), 1);
  const isWanted = filterOf(query);
  if (!(size >= 1 && size <= MAX_SIZE && index >= 1) || isWanted === undefined) return undefined;
  const found = numbers.filter(isWanted);
  if (found.length === 0) return {};
  return { count: found.length, numbers: found.slice((index - 1) * size, index * size) };
}

function wholeNumber(text: string | null, fallback: number): number {
  if (text === null) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

function filterOf(query: URLSearchParams): ((number: OwnedNumber) => boolean) | undefined {
  const search = SEARCHES[query.get('search_pattern') ?? '0'];
  const linked = query.get('has_application') ?? 'either';
  if (search === undefined || !['true', 'false', 'either'].includes(linked)) return undefined;
  const [country, id, pattern] = ['country', 'application_id', 'pattern'].map((name) => query.get(name));
  return ({ msisdn, country: its, app_id: application }) =>
    (country == null || its === country.toUpperCase()) &&
    (id == null || (application !== undefined && isSameId(application, id))) &&
    (linked === 'either' || (application !== undefined) === (linked === 'true')) &&
    (pattern == null || search(msisdn, pattern));
}
