import type { Application } from '../core/application.ts';
import { canonical } from '../core/canonical.ts';
import { diff } from '../core/diff.ts';
import { hashJson } from '../core/hash.ts';
import { isJsonObject } from '../core/json.ts';
import { fingerprintOf } from '../core/key-fingerprint.ts';
import type { LedgerEntry, Normalised } from '../core/ledger.ts';
import type { Manifest } from '../core/manifest/manifest.ts';
import { type OverlayOptions, overlay } from '../core/overlay.ts';

/** What an entry says once a manifest was applied. */
export interface Applied {
  readonly manifest: Manifest;
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly normalised: readonly Normalised[];
  readonly healed: LedgerEntry['healed'];
}

/** The entry after its manifest was applied. */
export function appliedEntry(
  entry: LedgerEntry,
  { manifest, revision, now, normalised, healed }: Applied,
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
    normalised,
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

/**
 * What the server rewrote: members in which its answer to a write still differs from what the manifest wants. Written again they
 * would differ again, so they are remembered, as hashes, and not written until one side changes.
 */
export function normalisedOf(manifest: Manifest, answer: Application, options: OverlayOptions): readonly Normalised[] {
  const wanted = canonical(overlay(manifest, answer.body, options));
  return diff(canonical(answer.body), wanted).members.map(({ path, before, after }) => ({
    path,
    sent: hashJson(after ?? null),
    echoed: hashJson(before ?? null),
  }));
}
