import type { ApplicationId } from '../application/application.ts';
import { appliedAs } from './applied.ts';
import { withDelivery, withoutApplication, withoutPruned } from './deliveries.ts';
import { sameFieldRecords } from './field-records.ts';
import {
  type DeleteRecord,
  deleteWindowMs,
  type Intent,
  type Ledger,
  type LedgerEntry,
  type LedgerRecord,
  type Orphaning,
  type RetiredKey,
} from './ledger.ts';
import { sourcesWith } from './source-standing.ts';

/** How long deletes stay listed for `restore`, in milliseconds. */
const deleteMemoryMs = 90 * deleteWindowMs;

/**
 * The ledger after these records, in order; the serial rises by one, unless they are looks or deliveries only: those change nothing
 * that a person may have agreed to, and a saved plan that is refused must not grow old by being refused.
 */
export function recordAll(ledger: Ledger, records: readonly LedgerRecord[]): Ledger {
  const entries = new Map(ledger.entries);
  const serial = records.every(isAside) ? ledger.serial : ledger.serial + 1;
  const next: Ledger = { ...ledger, known: true, serial, entries };
  return records.reduce((current, record) => recordOne(current, entries, record), next);
}

function isAside({ kind }: LedgerRecord): boolean {
  return kind === 'missing' || kind === 'seen' || kind === 'delivery';
}

/** The ledger as it is with looks that are not recorded yet; its serial stays. */
export function withLooks(ledger: Ledger, looks: readonly LedgerRecord[]): Ledger {
  if (looks.length === 0) return ledger;
  const entries = new Map(ledger.entries);
  const seen: Ledger = { ...ledger, entries };
  return looks.reduce((current, look) => recordOne(current, entries, look), seen);
}

function recordOne(ledger: Ledger, entries: Map<ApplicationId, LedgerEntry>, record: LedgerRecord): Ledger {
  switch (record.kind) {
    case 'source':
      return {
        ...ledger,
        root: record.root,
        sources: sourcesWith(ledger.sources, record),
        ...appliedAs(record.applied ?? ledger.applied),
        intents: record.orphaned === undefined ? ledger.intents : orphanedIntents(ledger.intents, record.orphaned),
      };
    case 'intent':
      return { ...ledger, intents: [...withoutIntent(ledger.intents, record.intent), record.intent] };
    case 'intent-refused':
      return retireIntent(ledger, record, 'refused');
    case 'intent-abandoned':
      return retireIntent(ledger, record, 'abandoned');
    case 'entry':
      entries.set(record.entry.id, record.entry);
      return {
        ...ledger,
        intents: ledger.intents.filter((intent) => !closesIntent(record.entry, intent)),
        retired: ledger.retired.filter((key) => key.fingerprint !== record.entry.keyFingerprint),
      };
    case 'observed':
      changeEntry(entries, record.id, ({ deletionPolicy: _before, orphaned: _since, ...others }) => ({
        ...others,
        ...record.seen,
      }));
      return ledger;
    case 'proven':
      changeEntry(entries, record.id, (entry) => provenEntry(entry, record));
      return ledger;
    case 'missing':
      changeEntry(entries, record.id, (entry) => ({ ...entry, missingAt: record.at }));
      return ledger;
    case 'seen':
      changeEntry(entries, record.id, ({ missingAt: _look, ...entry }) => entry);
      return ledger;
    case 'delete-started':
      return startDelete(ledger, record.id, record.at);
    case 'delete-refused':
      return { ...ledger, deletes: ledger.deletes.filter((deleted) => deleted.id !== record.id) };
    case 'deleted':
    case 'released':
      return removeEntry(ledger, entries, record);
    case 'key-retired':
      return { ...ledger, retired: [...withoutKey(ledger.retired, record.key.fingerprint), record.key] };
    case 'key-pruned':
      return {
        ...ledger,
        retired: withoutKey(ledger.retired, record.fingerprint),
        deliveries: withoutPruned(ledger.deliveries, record.fingerprint),
      };
    case 'delivery':
      return { ...ledger, deliveries: withDelivery(ledger.deliveries, record.delivery) };
  }
}

/** Creates in progress, of which a new source may know nothing. */
function orphanedIntents(intents: readonly Intent[], orphaned: Orphaning): readonly Intent[] {
  return intents.map((intent) => ({ ...intent, orphaned }));
}

/** Whether an entry is the answer to this intent: its key, and where the key may be shared because manifests bring it, its name. */
export function closesIntent(entry: LedgerEntry, intent: Intent): boolean {
  return isMeant(intent, { fingerprint: entry.keyFingerprint, name: entry.name });
}

interface IntentToken {
  readonly fingerprint: string | undefined;
  readonly name?: string | undefined;
}

function isMeant(intent: Intent, { fingerprint, name }: IntentToken): boolean {
  return intent.fingerprint === fingerprint && (intent.keyGenerated || intent.name === name);
}

function withoutIntent(intents: readonly Intent[], token: IntentToken): readonly Intent[] {
  return intents.filter((intent) => !isMeant(intent, token));
}

function withoutKey(keys: readonly RetiredKey[], fingerprint: string): readonly RetiredKey[] {
  return keys.filter((key) => key.fingerprint !== fingerprint);
}

function retireIntent(
  ledger: Ledger,
  token: { readonly fingerprint: string; readonly name?: string | undefined; readonly at: number },
  reason: 'refused' | 'abandoned',
): Ledger {
  const { fingerprint, at } = token;
  const intent = ledger.intents.find((candidate) => isMeant(candidate, token));
  if (intent === undefined) return ledger;
  const key: RetiredKey = {
    fingerprint,
    ...(intent.name === undefined ? {} : { name: intent.name }),
    at,
    reason,
  };
  return {
    ...ledger,
    intents: withoutIntent(ledger.intents, token),
    retired: intent.keyGenerated ? [...withoutKey(ledger.retired, fingerprint), key] : ledger.retired,
  };
}

function changeEntry(
  entries: Map<ApplicationId, LedgerEntry>,
  id: ApplicationId,
  change: (entry: LedgerEntry) => LedgerEntry,
): void {
  const entry = entries.get(id);
  if (entry !== undefined) entries.set(id, change(entry));
}

function provenEntry(
  entry: LedgerEntry,
  { seen, proof, writtenAt }: LedgerRecord & { readonly kind: 'proven' },
): LedgerEntry {
  if (!sameFieldRecords(entry, seen)) return entry;
  return { ...entry, ...proof, ...(writtenAt === undefined ? {} : { writtenAt }) };
}

function startDelete(ledger: Ledger, id: ApplicationId, at: number): Ledger {
  const entry = ledger.entries.get(id);
  if (entry === undefined) return ledger;
  const others = ledger.deletes.filter((record) => record.id !== id && Math.abs(at - record.at) < deleteMemoryMs);
  const record: DeleteRecord = {
    id,
    name: entry.name,
    at,
    ...(entry.keyFingerprint === undefined ? {} : { keyFingerprint: entry.keyFingerprint }),
  };
  return { ...ledger, deletes: [...others, record] };
}

function removeEntry(
  ledger: Ledger,
  entries: Map<ApplicationId, LedgerEntry>,
  { kind, id, at }: { readonly kind: 'deleted' | 'released'; readonly id: ApplicationId; readonly at: number },
): Ledger {
  const entry = entries.get(id);
  if (entry === undefined) return ledger;
  entries.delete(id);
  const pairs = [entry.keyGenerated ? entry.keyFingerprint : undefined, entry.nextKeyFingerprint];
  // Created again with the same pair: it is in use, and nobody's twin is to be overlooked for it.
  const inUse = new Set([...entries.values()].map(({ keyFingerprint }) => keyFingerprint));
  const keys = pairs.flatMap((fingerprint): readonly RetiredKey[] =>
    fingerprint === undefined || inUse.has(fingerprint)
      ? []
      : [{ fingerprint, id, name: entry.name, at, reason: kind }],
  );
  return {
    ...ledger,
    retired: keys.reduce((retired, key) => [...withoutKey(retired, key.fingerprint), key], ledger.retired),
    // What was released may go on with its key, if it is there.
    deliveries:
      kind === 'deleted' || entry.missingAt !== undefined
        ? withoutApplication(ledger.deliveries, id)
        : ledger.deliveries,
  };
}
