import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger, LedgerEntry } from '../core/ledger/ledger.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';

/**
 * Since when an owned application has the key pair that we made for it, in milliseconds since 1970: when the pair before it was replaced,
 * as the ledger says; else when its file was written, which is never written twice; else when the application was created. Undefined
 * where the pair is not ours, or nothing tells.
 * @throws {ReconcilerError} E_STATE_UNUSABLE
 */
export function keySince({ retired }: Ledger, entry: LedgerEntry, directory: string): number | undefined {
  const { id, keyFingerprint: fingerprint, keyGenerated, boundAt, origin } = entry;
  if (!keyGenerated || fingerprint === undefined) return undefined;
  const rotations = retired.flatMap((key) => (key.id === id && key.reason === 'rotated' ? key.at : []));
  if (rotations.length > 0) return Math.max(...rotations);
  return writtenAt(join(directory, `${fingerprint}.pem`)) ?? (origin === 'created' ? boundAt : undefined);
}

function writtenAt(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw stateError(path, error);
  }
}
