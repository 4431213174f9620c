import type { LedgerEntry, Observation } from './ledger.ts';

/** What was last recorded of the manifest of an owned application, but for how it was lost. */
export function observed({ deletionPolicy, paused, file, revision }: LedgerEntry): Observation {
  return { ...(deletionPolicy === undefined ? {} : { deletionPolicy }), paused, file, revision };
}
