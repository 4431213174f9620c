import type { ApplicationId } from '../application/application.ts';
import type { CommitInfo } from '../git/commit-info.ts';
import type { DeletionPolicy } from '../manifest/manifest.ts';
import type { Pointer } from '../pointer.ts';
import type { Delivery } from './deliveries.ts';

/** A field the server keeps otherwise than it was sent, which reads have proven. Values are SHA-256 of their JSON: none is kept here. */
export interface Normalised {
  readonly path: Pointer;
  readonly sent: string;
  /** What reads show. */
  readonly echoed: string;
  /** When it was proven. */
  readonly since: number;
  /** When it was last sent. */
  readonly triedAt: number;
}

/** A field that was written, and that no read has proven yet to be as it was sent, or to be otherwise for good. Values as above. */
export interface Unproven {
  readonly path: Pointer;
  readonly sent: string;
  /** What the response to the write showed. */
  readonly echoed: string;
  /** What was live before the write, where that is known. */
  readonly before?: string;
  /** What a read showed between the first write and the second; the same value again is what the server makes of the field. */
  readonly read?: string;
  /** How often it was written since its manifest changed. A heal of a field that was proven before counts as the second. */
  readonly writes: 1 | 2;
}

/** What is known of the fields of one application beside their values. */
export type FieldRecords = Pick<LedgerEntry, 'normalised' | 'unproven'>;

/** One application we own: we created it, or adopted it. Times are milliseconds since 1970. */
export interface LedgerEntry {
  readonly id: ApplicationId;
  readonly name: string;
  readonly origin: 'created' | 'adopted';
  /** As the manifest last said; undefined when it never said, and then the configuration's default holds for what we created. */
  readonly deletionPolicy?: DeletionPolicy;
  /** Whether the manifest was last recorded as paused. */
  readonly paused: boolean;
  /** SHA-256 (hex) of the public key's DER form, when we know it. */
  readonly keyFingerprint?: string;
  /** Whether that key pair is ours: the private key is in the key directory. */
  readonly keyGenerated: boolean;
  /** The pair a rotation is about to put in place, or has put in place without knowing so: recorded before its key file is written. */
  readonly nextKeyFingerprint?: string;
  /** The manifest's file, relative to the root. */
  readonly file: string;
  readonly revision: string;
  /** Hash of the manifest as last applied; absent when nothing was applied yet. */
  readonly appliedHash?: string;
  /** Hash of the canonical spec as last applied. */
  readonly specHash?: string;
  readonly appliedAt?: number;
  /** When we came to own it; absent in entries of the first format. */
  readonly boundAt?: number;
  /** When the last POST or PUT of it ended. */
  readonly writtenAt?: number;
  /** When the first look ended that found it missing: absent from a complete listing, and the API's own 404 to a GET. */
  readonly missingAt?: number;
  /** Live applications we did not own that had its name, as people read names, when we came to own it: none of them is a twin. */
  readonly namesakes?: readonly ApplicationId[];
  /** The API never showed its public key: it was accepted by id and name. */
  readonly keyUnproven?: boolean;
  /** When its manifest was first seen gone, under which policy, and what took it away. */
  readonly orphaned?: Orphaning;
  readonly normalised: readonly Normalised[];
  readonly unproven: readonly Unproven[];
  /** Drift that was healed, member by member, newest last: the evidence for noticing a fight with another writer. */
  readonly healed: readonly { readonly path: Pointer; readonly at: number }[];
}

/** How an application lost its manifest. `rewound` and `moved`: its source went back, or is another one; absent: it was removed. */
export interface Orphaning {
  readonly at: number;
  readonly policy: 'create-only' | 'upsert' | 'sync';
  readonly cause?: 'removed' | 'rewound' | 'moved';
  /** The commit that removed it, where that is known: for people. */
  readonly removedIn?: CommitInfo;
}

/** What a source's commit held when it was last applied. */
export interface AppliedSource {
  /** Identity of the source. */
  readonly source: string;
  readonly commit: string;
  /** Hash of the manifests' directory in that commit. */
  readonly content: string;
}

/** A create that was started and is not yet confirmed. Its key's fingerprint is the token by which it is recognized. */
export interface Intent {
  /** SHA-256 (hex) of the public key's DER form. */
  readonly fingerprint: string;
  /** Absent only for a key file that was found without any record of its purpose. */
  readonly name?: string;
  /** Whether the key pair is ours. */
  readonly keyGenerated: boolean;
  readonly openedAt: number;
  /** When the last POST may have left; recorded before it does. Absent when surely nothing was sent. */
  readonly postedAt?: number;
  /** When that POST ended without a certain response. Absent while it is in progress, or when the process died on it. */
  readonly endedAt?: number;
  /** Ids that had this name or this key before the first POST: none of them can be the application we asked for. */
  readonly before: readonly ApplicationId[];
  readonly file: string;
  readonly revision: string;
  /** Hash of the manifest that the POST carried. */
  readonly hash: string;
  readonly specHash: string;
  /** As the manifest said: it must hold for the application even if the manifest is gone when the create is confirmed. */
  readonly deletionPolicy?: DeletionPolicy;
  /** The manifest is of another source than the one in effect, to which the application has none: see its namesake of an entry. */
  readonly orphaned?: Orphaning;
}

/** An application we deleted. Its body is kept beside the ledger for `restore`. */
export interface DeleteRecord {
  readonly id: ApplicationId;
  readonly name: string;
  readonly at: number;
  readonly keyFingerprint?: string;
}

/** A key pair no longer in use; its file stays until `keys prune`. */
export interface RetiredKey {
  readonly fingerprint: string;
  readonly id?: ApplicationId;
  readonly name?: string;
  readonly at: number;
  /**
   * `released`: its application may live on with this key. `refused`: made for a create that the API surely refused, so never used;
   * the next create of that name takes it.
   */
  readonly reason: 'rotated' | 'deleted' | 'released' | 'abandoned' | 'refused';
}

/** What we own in one account, and what is in progress. Plain data; the store keeps it. */
export interface Ledger {
  /** Raised by one at every write. */
  readonly serial: number;
  /** Directory the manifests were last read from. */
  readonly root?: string;
  /** Identities of the sources that manifests came from, the one in effect first: see sourceStanding. Empty before the first apply. */
  readonly sources: readonly string[];
  /** Absent while manifests come from a directory. */
  readonly applied?: AppliedSource;
  /** Whether a ledger existed when this was read: without one, ownership and deletes are unknown. */
  readonly known: boolean;
  readonly entries: ReadonlyMap<ApplicationId, LedgerEntry>;
  readonly intents: readonly Intent[];
  readonly deletes: readonly DeleteRecord[];
  readonly retired: readonly RetiredKey[];
  /** Where private keys were delivered to. */
  readonly deliveries: readonly Delivery[];
}

/** A ledger that was never written. */
export const emptyLedger: Ledger = {
  serial: 0,
  known: false,
  sources: [],
  entries: new Map(),
  intents: [],
  deletes: [],
  retired: [],
  deliveries: [],
};

/** Whether anything was ever applied with it. Until then it holds at most keys that were found without a record. */
export function hasBegun({ sources, entries }: Ledger): boolean {
  return sources.length > 0 || entries.size > 0;
}

/**
 * What a pass saw of an owned application's manifest. Replaces these members of its entry; an absent one is removed, but for those
 * of the last apply, which are there when the application was seen to be as the manifest says.
 */
export type Observation = Pick<LedgerEntry, 'deletionPolicy' | 'paused' | 'file' | 'revision' | 'orphaned'> &
  Partial<Pick<LedgerEntry, 'name' | 'appliedHash' | 'specHash' | 'keyFingerprint' | 'keyGenerated'>>;

/** One thing to record. The whole history of a ledger is a list of these. */
export type LedgerRecord =
  /** From now on manifests come from this source; where it is another one, `orphaned` is what creates in progress are to it. */
  | {
      readonly kind: 'source';
      readonly source: string;
      readonly root: string;
      readonly orphaned?: Orphaning;
      /** What of it was applied; absent where that is not known, or no news. */
      readonly applied?: AppliedSource;
    }
  /** Opens an intent, or replaces the one with the same key; a key that manifests bring may be shared, so then with the same name, too. */
  | { readonly kind: 'intent'; readonly intent: Intent }
  /** Closes an intent whose POST was surely refused; its key is kept for the next try. */
  | {
      readonly kind: 'intent-refused';
      readonly fingerprint: string;
      readonly name?: string | undefined;
      readonly at: number;
    }
  /** Gives an undecided intent up; its key is kept as retired. */
  | {
      readonly kind: 'intent-abandoned';
      readonly fingerprint: string;
      readonly name?: string | undefined;
      readonly at: number;
    }
  /** Adds or replaces an entry, and closes the intent it is the answer to, if there is one. */
  | { readonly kind: 'entry'; readonly entry: LedgerEntry }
  /** What the manifest of an owned application says now, or that it is gone; no application was written for it. */
  | { readonly kind: 'observed'; readonly id: ApplicationId; readonly seen: Observation }
  /**
   * What a read proved of an owned application's fields, unless they were written since: what is known of them must still be `seen`.
   * `writtenAt` is there when the last write counts as made then, because its time was in the future.
   */
  | {
      readonly kind: 'proven';
      readonly id: ApplicationId;
      readonly seen: FieldRecords;
      readonly proof: FieldRecords;
      readonly writtenAt?: number;
    }
  /** A look found the application missing; `at` is when the look ended. */
  | { readonly kind: 'missing'; readonly id: ApplicationId; readonly at: number }
  /** The application was seen live: earlier looks do not count any more. */
  | { readonly kind: 'seen'; readonly id: ApplicationId }
  /** A delete is about to be sent; from now on it counts towards the budget of 24 hours. */
  | { readonly kind: 'delete-started'; readonly id: ApplicationId; readonly at: number }
  /** The API surely refused the delete: it does not count. */
  | { readonly kind: 'delete-refused'; readonly id: ApplicationId }
  /** The application is deleted and its entry leaves. */
  | { readonly kind: 'deleted'; readonly id: ApplicationId; readonly at: number }
  /** The entry leaves and the application stays, or is gone already. */
  | { readonly kind: 'released'; readonly id: ApplicationId; readonly at: number }
  | { readonly kind: 'key-retired'; readonly key: RetiredKey }
  | { readonly kind: 'key-pruned'; readonly fingerprint: string }
  /** What is known of a private key at one of its targets. */
  | { readonly kind: 'delivery'; readonly delivery: Delivery };

/** Deletes older than this many milliseconds leave the budget. */
export const deleteWindowMs = 24 * 60 * 60 * 1000;

/** Every fingerprint the ledger can name: of entries, intents and retired keys. */
export function knownFingerprints(ledger: Ledger): ReadonlySet<string> {
  const known = new Set<string>();
  for (const { keyFingerprint, nextKeyFingerprint } of ledger.entries.values()) {
    if (keyFingerprint !== undefined) known.add(keyFingerprint);
    if (nextKeyFingerprint !== undefined) known.add(nextKeyFingerprint);
  }
  for (const intent of ledger.intents) known.add(intent.fingerprint);
  for (const key of ledger.retired) known.add(key.fingerprint);
  return known;
}
