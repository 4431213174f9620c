import type { Application } from '../application/application.ts';
import type { LedgerEntry } from './ledger.ts';

/**
 * The entry of an application that is recorded as ours before an apply has read its manifest: protected, so that no pass deletes it
 * before one has seen what its manifest says of that.
 */
export function protectedEntry({ id, name }: Application): LedgerEntry {
  return {
    id,
    name,
    origin: 'adopted',
    deletionPolicy: 'protect',
    paused: false,
    keyGenerated: false,
    file: '',
    revision: '',
    normalised: [],
    unproven: [],
    healed: [],
  };
}
