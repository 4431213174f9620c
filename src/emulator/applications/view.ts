import type { ApiParts } from '../api-parts.ts';
import type { FaultAction } from '../faults/fault-rule.ts';
import { readPage } from './listing.ts';
import type { StoreView } from './store.ts';

const EMPTY: StoreView = { get: () => undefined, listed: () => [] };

/** What a read shows: the account, unless a fault stands in its place. */
export function viewOf(
  { store, switches }: Pick<ApiParts, 'store' | 'switches'>,
  fault: FaultAction | undefined,
  query: URLSearchParams,
): StoreView {
  switch (fault?.kind) {
    case 'empty-account':
      return EMPTY;
    case 'lag':
      return store.ago(fault.ms);
    case 'repeat-page': {
      const read = readPage(query, switches);
      return 'page' in read ? repeated(store, read.page.pageSize) : store;
    }
    default:
      return store;
  }
}

/** As many applications as there are, the first so many over and over. */
function repeated(view: StoreView, pageSize: number): StoreView {
  const listed = () => {
    const all = view.listed();
    return all.map((record, index) => all[index % pageSize] ?? record);
  };
  return { get: (id) => view.get(id), listed };
}
