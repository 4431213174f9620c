import type { Intent, Ledger, LedgerEntry, LedgerRecord } from './ledger.ts';

/** A stamp that is compared with a settle time. */
export interface Stamp {
  /** Tells it from every other stamp: what it is of, and its value. */
  readonly key: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** When the same stamp was made by another clock; in milliseconds since 1970. */
type Restamp = (stamp: Stamp) => number;

const ofEntry = ['boundAt', 'writtenAt', 'missingAt'] as const;

/** The ledger with every stamp that is compared with a settle time put elsewhere; itself when none moves. */
export function restamped(ledger: Ledger, restamp: Restamp): Ledger {
  const moved = [...ledger.entries.values()].flatMap((entry) => {
    const after = restampedEntry(entry, restamp);
    return after === entry ? [] : [after];
  });
  const intents = ledger.intents.map((intent) => restampedIntent(intent, restamp));
  const same = moved.length === 0 && intents.every((intent, index) => intent === ledger.intents[index]);
  if (same) return ledger;
  return {
    ...ledger,
    intents,
    entries: new Map([...ledger.entries, ...moved.map((entry) => [entry.id, entry] as const)]),
  };
}

/** What puts stamps that lie in the future right: they count as made now, here and for every process after this one. */
export function futureStampRecords(ledger: Ledger, now: number): readonly LedgerRecord[] {
  return [...ledger.entries.values()].flatMap((entry): readonly LedgerRecord[] => {
    const past = restampedEntry(entry, ({ at }) => Math.min(at, now));
    return past === entry ? [] : [{ kind: 'entry', entry: past }];
  });
}

/** The stamps that these records bring. */
export function stampsOf(records: readonly LedgerRecord[]): readonly Stamp[] {
  const stamps: Stamp[] = [];
  const keep = (stamp: Stamp) => {
    stamps.push(stamp);
    return stamp.at;
  };
  for (const record of records) {
    if (record.kind === 'intent') restampedIntent(record.intent, keep);
    if (record.kind === 'entry') restampedEntry(record.entry, keep);
    if (record.kind === 'proven' && record.writtenAt !== undefined)
      keep(stampOf(record.id, 'writtenAt', record.writtenAt));
    if (record.kind === 'missing') keep(stampOf(record.id, 'missingAt', record.at));
  }
  return stamps;
}

function restampedIntent(intent: Intent, restamp: Restamp): Intent {
  if (intent.endedAt === undefined) return intent;
  const endedAt = restamp(stampOf(intent.fingerprint, 'endedAt', intent.endedAt));
  return endedAt === intent.endedAt ? intent : { ...intent, endedAt };
}

function restampedEntry(entry: LedgerEntry, restamp: Restamp): LedgerEntry {
  let after = entry;
  for (const member of ofEntry) {
    const at = entry[member];
    if (at === undefined) continue;
    const other = restamp(stampOf(entry.id, member, at));
    if (other !== at) after = { ...after, [member]: other };
  }
  return after;
}

function stampOf(of: string, member: string, at: number): Stamp {
  return { key: `${of} ${member} ${at}`, at };
}
