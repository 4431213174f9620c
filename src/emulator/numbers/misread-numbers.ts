import type { FaultAction } from '../faults/fault-rule.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { NumberStore } from './number-store.ts';
import type { OwnedNumber } from './owned-number.ts';

/** What a read of the list sees, and what it is taken to have asked for. */
export interface Sight {
  readonly query: URLSearchParams;
  readonly numbers: readonly OwnedNumber[];
}

/** The numbers, unless a fault stands in their place. */
export function sightOf(store: NumberStore, { searchParams: query }: URL, fault: FaultAction | undefined): Sight {
  switch (fault?.kind) {
    case 'empty-account':
      return { query, numbers: [] };
    case 'lag':
      return { query, numbers: store.ago(fault.ms) };
    case 'repeat-page': {
      const first = new URLSearchParams(query);
      first.set('index', '1');
      return { query: first, numbers: store.all() };
    }
    default:
      return { query, numbers: store.all() };
  }
}

/** The page that is sent instead of the true one: the true one, unless the fault says otherwise. */
export function distortedList(body: JsonObject, fault: FaultAction | undefined): JsonObject {
  const { count: _, ...rest } = body;
  if (fault?.kind === 'total') return { ...(fault.items === undefined ? {} : { count: fault.items }), ...rest };
  if (fault?.kind === 'short-page') return { ...body, numbers: pageOf(body).slice(0, fault.items ?? 0) };
  return body;
}

/** Another writer gives up a number, the first of the page unless one is named, and rents another: later pages move up by one. */
export function shiftNumbers(store: NumberStore, body: JsonObject, victim: string | undefined): void {
  const [first] = pageOf(body).flatMap((item) => (isObject(item) ? [item['msisdn']] : []));
  store.remove(victim ?? String(first));
  const taken = new Set(store.all().map(({ msisdn }) => msisdn));
  let next = 447_700_900_000;
  while (taken.has(String(next))) next += 1;
  store.put([{ country: 'GB', msisdn: String(next), type: 'mobile-lvn', features: ['VOICE', 'SMS'] }]);
}

function pageOf(body: JsonObject): readonly Json[] {
  const page = body['numbers'];
  return Array.isArray(page) ? page : [];
}
