import type { Ledger, LedgerEntry, RetiredKey } from './ledger.ts';

/** What the ledger knows of a key in the key directory. */
export type KeyState =
  | { readonly state: 'in use'; readonly entry: LedgerEntry }
  /** Of a create or a rotation that is not confirmed yet. */
  | { readonly state: 'undecided'; readonly name?: string }
  | { readonly state: 'retired'; readonly key: RetiredKey }
  /** Nothing mentions it: the next writing pass looks for its application. */
  | { readonly state: 'stray' };

/** What the ledger knows of the key with this fingerprint. What may still be needed wins over what is over. */
export function keyStateOf({ entries, intents, retired }: Ledger, fingerprint: string): KeyState {
  const all = [...entries.values()];
  const entry = all.find(({ keyFingerprint }) => keyFingerprint === fingerprint);
  if (entry !== undefined) return { state: 'in use', entry };
  const rotating = all.find(({ nextKeyFingerprint }) => nextKeyFingerprint === fingerprint);
  if (rotating !== undefined) return { state: 'undecided', name: rotating.name };
  const intent = intents.find((open) => open.fingerprint === fingerprint);
  if (intent !== undefined) return { state: 'undecided', ...(intent.name === undefined ? {} : { name: intent.name }) };
  const key = retired.find((one) => one.fingerprint === fingerprint);
  return key === undefined ? { state: 'stray' } : { state: 'retired', key };
}

/** What decides about the removal of private keys. */
export interface PruneKeysInput {
  readonly ledger: Ledger;
  /** Fingerprints of the keys that applications carry at Vonage at this moment, whoever owns them. */
  readonly live: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly olderThanMs: number;
}

/**
 * Retired keys that nobody can need: older than asked, named by no entry and no intent, live nowhere, and not those of released
 * applications, which may live on with them. A time in the future is not old.
 */
export function prunableKeys({ ledger, live, now, olderThanMs }: PruneKeysInput): readonly RetiredKey[] {
  return ledger.retired.filter(
    ({ fingerprint, reason, at }) =>
      reason !== 'released' &&
      now - at >= olderThanMs &&
      !live.has(fingerprint) &&
      keyStateOf(ledger, fingerprint).state === 'retired',
  );
}
