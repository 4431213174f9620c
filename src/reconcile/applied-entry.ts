import { fingerprintOf } from '../core/application/key-fingerprint.ts';
import { isJsonObject } from '../core/json.ts';
import type { FieldRecords, LedgerEntry } from '../core/ledger/ledger.ts';
import type { Manifest } from '../core/manifest/manifest.ts';

/** What an entry says once a manifest was applied. */
export interface Applied {
  readonly manifest: Manifest;
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What is known of its fields. */
  readonly fields: FieldRecords;
  /** Whether it was written at the API, and not only recorded. */
  readonly written: boolean;
  readonly healed: LedgerEntry['healed'];
}

/** The entry after its manifest was applied. */
export function appliedEntry(
  entry: LedgerEntry,
  { manifest, revision, now, fields, written, healed }: Applied,
): LedgerEntry {
  const { deletionPolicy: _before, orphaned: _since, ...others } = entry;
  return {
    ...others,
    ...declaredKey(manifest, entry),
    ...(manifest.deletionPolicy === undefined ? {} : { deletionPolicy: manifest.deletionPolicy }),
    name: manifest.name,
    paused: manifest.reconcile === 'paused',
    file: manifest.place.file,
    revision,
    appliedHash: manifest.hash,
    specHash: manifest.specHash,
    appliedAt: now,
    ...(written ? { writtenAt: now } : {}),
    ...fields,
    healed,
  };
}

/** A manifest may declare the public half of the very pair we made: it stays ours. */
function declaredKey({ spec }: Manifest, { keyFingerprint }: LedgerEntry): Partial<LedgerEntry> {
  const pem = isJsonObject(spec.keys) ? spec.keys.public_key : undefined;
  const fingerprint = typeof pem === 'string' ? fingerprintOf(pem) : undefined;
  if (fingerprint === undefined || fingerprint === keyFingerprint) return {};
  return { keyFingerprint: fingerprint, keyGenerated: false };
}
