import { parseApplicationId } from '../application/application.ts';
import { ReconcilerError } from '../errors.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import { nearestName } from './known-applications.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';

/**
 * The one owned application with this name or id.
 * @throws {ReconcilerError} E_NOT_FOUND when there is none, E_NAME_AMBIGUOUS when several have the name
 */
export function ownedEntry({ entries }: Ledger, nameOrId: string): LedgerEntry {
  const id = parseApplicationId(nameOrId);
  const byId = id === undefined ? undefined : entries.get(id);
  if (byId !== undefined) return byId;
  const [entry, ...others] = [...entries.values()].filter(({ name }) => name === nameOrId);
  if (entry === undefined) {
    const near = nearestName(nameOrId, [...entries.values()]);
    const reason = `no application with that name or id is owned${near}. "ledger show" lists owned applications`;
    throw new ReconcilerError('E_NOT_FOUND', { what: nameOrId, reason });
  }
  if (others.length === 0) return entry;
  throw ambiguousName(
    nameOrId,
    [entry, ...others].map(({ id }) => id),
  );
}

/** The error of a name that several applications have. */
export function ambiguousName(name: string, ids: readonly string[]): ReconcilerError {
  const message = `${name}: several applications have that name; use the id: ${ids.join(', ')}`;
  return new ReconcilerError('E_NAME_AMBIGUOUS', { message });
}

/** The manifest that means this application: by its id, its name, or an earlier name. */
export function manifestNaming({ manifests }: DesiredState, { id, name }: LedgerEntry): Manifest | undefined {
  return (
    manifests.find((manifest) => manifest.id === id) ??
    manifests.find((manifest) => manifest.id === undefined && manifest.name === name) ??
    manifests.find((manifest) => manifest.id === undefined && (manifest.formerly ?? []).includes(name))
  );
}

/** Where a broken manifest stands that may mean this application: it says so as far as it can be read, or stands in its file. */
export function brokenManifestNear({ broken }: DesiredState, { id, name, file }: LedgerEntry): string | undefined {
  const near = broken.find((one) => one.id === id || one.name === name || one.place.file === file);
  return near && `${near.place.file}:${near.place.line}`;
}
