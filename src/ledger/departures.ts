import type { JsonObject } from '../core/json.ts';
import type { Ledger, LedgerRecord } from '../core/ledger/ledger.ts';

/** What the account's history says of entries that these records take out of the ledger. */
export function departures(ledger: Ledger, records: readonly LedgerRecord[]): readonly JsonObject[] {
  return records.flatMap((record) => {
    if (record.kind !== 'deleted' && record.kind !== 'released') return [];
    const { id, at, kind } = record;
    const name = ledger.entries.get(id)?.name;
    return [{ at, event: kind, id, ...(name === undefined ? {} : { name }) }];
  });
}
