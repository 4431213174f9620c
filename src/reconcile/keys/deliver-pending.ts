import type { ApplicationId } from '../../core/application/application.ts';
import { type UndeliveredKey, undeliveredKeys } from '../../core/deliveries/undelivered-keys.ts';
import { orUndefined } from '../../core/errors.ts';
import { manifestNaming } from '../../core/ledger/find-owned.ts';
import type { Ledger, LedgerEntry } from '../../core/ledger/ledger.ts';
import type { Manifest } from '../../core/manifest/manifest.ts';
import type { Report } from '../../core/plan/report.ts';
import { isEntrySelected, isSelected } from '../../core/plan/selection.ts';
import type { PassRules, ReconcilePorts } from '../ports.ts';
import { deliverKey } from './deliver-keys.ts';

/**
 * Delivers what is in use and not delivered everywhere: after a create or rotation that a crash or a lost response had left open, a
 * delivery that failed, a rename, and to targets that are new. What this run is not about waits.
 */
export async function deliverPending(ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  const { ledger, source, rules } = ports;
  const pending = undeliveredIn(ports);
  if (pending.length === 0) return;
  const desired = await orUndefined(() => source.load({ signal }));
  if (desired === undefined) return; // targets are told labels: the next pass knows them
  for (const entry of pendingEntries(pending, ledger.current())) {
    if (signal?.aborted === true) return;
    const manifest = manifestNaming(desired, entry);
    if (!isMeant(entry, manifest, rules)) continue;
    const { id, name, keyFingerprint: fingerprint = '' } = entry;
    await deliverKey({ id, name, fingerprint, labels: manifest?.labels ?? {} }, ports, signal);
  }
}

/** What a pass leaves undelivered, as its report says it. */
export function undeliveredAfter(ports: DeliveredPorts): Pick<Report, 'undelivered'> {
  const undelivered = undeliveredIn(ports);
  return undelivered.length === 0 ? {} : { undelivered };
}

/** Where the key of one application is not delivered yet. */
export function undeliveredOf(wanted: ApplicationId, ports: DeliveredPorts): readonly UndeliveredKey[] {
  return undeliveredIn(ports).filter(({ id }) => id === wanted);
}

/** What targets are told of an application beside its key. @throws {ReconcilerError} E_SOURCE_* */
export async function labelsFor(
  entry: LedgerEntry,
  { deliveries, source }: ReconcilePorts,
  signal?: AbortSignal,
): Promise<Manifest['labels']> {
  if (deliveries === undefined) return {};
  return manifestNaming(await source.load({ signal }), entry)?.labels ?? {};
}

type DeliveredPorts = Pick<ReconcilePorts, 'deliveries' | 'ledger'>;

function undeliveredIn({ deliveries, ledger }: DeliveredPorts): readonly UndeliveredKey[] {
  return undeliveredKeys(ledger.current(), deliveries?.targets ?? []);
}

function pendingEntries(pending: readonly Pick<LedgerEntry, 'id'>[], { entries }: Ledger): readonly LedgerEntry[] {
  const ids = new Set(pending.map(({ id }) => id));
  return [...entries.values()].filter(({ id }) => ids.has(id));
}

function isMeant(entry: LedgerEntry, manifest: Manifest | undefined, { selection }: PassRules): boolean {
  return manifest === undefined ? isEntrySelected(selection, entry) : isSelected(selection, manifest, entry.id);
}
