import type { LedgerEntry, LedgerRecord, Orphaning } from '../core/ledger/ledger.ts';
import type { LedgerStore } from './ports.ts';

/**
 * The ledger as a pass over another source than the one in effect writes it. To that one, what this pass adds has no manifest, and what
 * had none before has none still: its next pass must not take it for removed. Nor does another source lift what protects an application.
 */
export function outsideLedger(ledger: LedgerStore, added: Orphaning): LedgerStore {
  const asSeen = (record: LedgerRecord): LedgerRecord => {
    if (record.kind === 'intent') return { kind: 'intent', intent: { ...record.intent, orphaned: added } };
    return record.kind === 'entry' ? { kind: 'entry', entry: outsideEntry(record.entry) } : record;
  };
  const outsideEntry = (entry: LedgerEntry): LedgerEntry => {
    const before = ledger.current().entries.get(entry.id);
    if (before === undefined) return { ...entry, orphaned: added };
    const { deletionPolicy: _declared, orphaned: _lost, ...others } = entry;
    const { deletionPolicy, orphaned, paused } = before;
    return {
      ...others,
      ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
      ...(orphaned === undefined ? {} : { orphaned }),
      paused,
    };
  };
  return {
    load: () => ledger.load(),
    measured: (owned, now) => ledger.measured(owned, now),
    record: (records, options) => ledger.record(records.map(asSeen), options),
    flush: () => ledger.flush(),
    current: () => ledger.current(),
    keepBody: (id, body) => ledger.keepBody(id, body),
  };
}
