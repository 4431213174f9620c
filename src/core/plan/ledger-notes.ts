import type { ApplicationId } from '../application/application.ts';
import { fingerprintOf } from '../application/key-fingerprint.ts';
import { jsonEquals, objectMember } from '../json.ts';
import { appliedAs, isRewound, newlyApplied } from '../ledger/applied.ts';
import { intentMemoryMs } from '../ledger/intents.ts';
import type { Ledger, LedgerEntry, LedgerRecord, Observation } from '../ledger/ledger.ts';
import { observed } from '../ledger/observed.ts';
import { moveRecords } from '../ledger/source-move.ts';
import { isOutside } from '../ledger/source-standing.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import type { Policy } from './policy.ts';
import type { Orphan } from './prune.ts';

/** What notes are made from. */
export interface NotesInput {
  readonly owned: Ledger;
  readonly desired: Pick<DesiredState, 'revision' | 'history' | 'source' | 'root'>;
  /** Where the manifests moved in this pass: what no manifest means now, wherever it is. */
  readonly leftBehind: readonly LedgerEntry[] | undefined;
  readonly policy: Policy;
  readonly now: number;
  /** Owned applications with the manifest that means them, within the selection. */
  readonly paired: readonly { readonly entry: LedgerEntry; readonly manifest: Manifest }[];
  /** Those of them that are as their manifests say. */
  readonly unchanged: ReadonlySet<ApplicationId>;
  /** Owned applications that no manifest means and no conflict or broken manifest holds. */
  readonly orphans: readonly Orphan[];
  /** Those of the orphans whose entry leaves while the application stays. */
  readonly givenUp: ReadonlySet<ApplicationId>;
  /** Owned applications that two checks found missing and no manifest means. */
  readonly gone: readonly ApplicationId[];
  /** Names of all manifests, earlier ones included, and of broken ones. */
  readonly names: ReadonlySet<string>;
  /** Whether what is missing in the desired state is surely gone: it is complete, and the run is no subset. */
  readonly conclusive: boolean;
}

/**
 * What a writing pass records at its end even where it wrote nothing to the API: what manifests say now (this is what makes
 * `protect` outlive its manifest, and lifts it), which applications lost theirs, and which entries are over.
 */
export function notesOf(input: NotesInput): readonly LedgerRecord[] {
  if (isOutside(input, input.conclusive)) return []; // what manifests say is for the source in effect to say
  const seen = input.paired.flatMap(({ entry, manifest }) => {
    const applied = input.unchanged.has(entry.id) ? appliedOf(manifest, entry) : {};
    const records = observation(entry, { ...seenOf(manifest, input.desired.revision.id), ...applied });
    return applied.keyFingerprint === undefined ? records : [...records, ...retiredKey(entry, input.now)];
  });
  if (!input.conclusive) return seen;
  const { leftBehind } = input;
  if (leftBehind !== undefined) return [...seen, ...moveRecords(leftBehind, input)];
  return [...seen, ...conclusions(input), ...sourceRecord(input)];
}

function seenOf(manifest: Manifest, revision: string): Observation {
  return {
    ...(manifest.deletionPolicy === undefined ? {} : { deletionPolicy: manifest.deletionPolicy }),
    paused: manifest.reconcile === 'paused',
    file: manifest.place.file,
    revision,
  };
}

/** The record of the write that made it so may have been lost, or somebody else made it so. */
function appliedOf({ name, hash, specHash, spec }: Manifest, { keyFingerprint }: LedgerEntry): Partial<Observation> {
  const { public_key: pem } = objectMember(spec, 'keys');
  const declared = typeof pem === 'string' ? fingerprintOf(pem) : undefined;
  const key =
    declared === undefined || declared === keyFingerprint ? {} : { keyFingerprint: declared, keyGenerated: false };
  return { name, appliedHash: hash, specHash, ...key };
}

/** A pair of ours that the manifest's own key has replaced: its file stays, and the ledger goes on naming it. */
function retiredKey({ id, name, keyFingerprint, keyGenerated }: LedgerEntry, at: number): readonly LedgerRecord[] {
  if (!keyGenerated || keyFingerprint === undefined) return [];
  return [{ kind: 'key-retired', key: { fingerprint: keyFingerprint, id, name, at, reason: 'rotated' } }];
}

/** Where the source in effect is now: another checkout of it, known as a repository by now, or at another commit. */
function sourceRecord({ owned, desired }: NotesInput): readonly LedgerRecord[] {
  const { source, root } = desired;
  const applied = newlyApplied({ owned, desired });
  const isKnown = owned.sources[0] === source && owned.root === root;
  if (!owned.known && applied === undefined) return [];
  return isKnown && applied === undefined ? [] : [{ kind: 'source', source, root, ...appliedAs(applied) }];
}

function conclusions(input: NotesInput): readonly LedgerRecord[] {
  const { owned, policy, now, orphans, givenUp, gone, names } = input;
  const cause = isRewound(input) ? ({ cause: 'rewound' } as const) : {};
  const lost = orphans.flatMap(({ entry }): readonly LedgerRecord[] => {
    if (givenUp.has(entry.id)) return [{ kind: 'released', id: entry.id, at: now }];
    if (entry.orphaned !== undefined) return [];
    return observation(entry, { ...observed(entry), orphaned: { at: now, policy: policy.policy, ...cause } });
  });
  const released = gone.map((id): LedgerRecord => ({ kind: 'released', id, at: now }));
  const abandoned = owned.intents
    .filter(({ name, openedAt }) => (name === undefined || !names.has(name)) && now - openedAt > intentMemoryMs)
    .map(({ fingerprint, name }): LedgerRecord => ({ kind: 'intent-abandoned', fingerprint, name, at: now }));
  return [...lost, ...released, ...abandoned];
}

const observable = ['name', 'appliedHash', 'specHash', 'deletionPolicy', 'paused', 'file', 'keyFingerprint'] as const;

/** No record for what the ledger says already: a pass without news writes nothing. */
function observation(entry: LedgerEntry, seen: Observation): readonly LedgerRecord[] {
  const { deletionPolicy: _policy, orphaned: _orphaned, ...others } = entry;
  const after: LedgerEntry = { ...others, ...seen };
  const isNews =
    observable.some((member) => !jsonEquals(entry[member], after[member])) || after.orphaned !== entry.orphaned;
  return isNews ? [{ kind: 'observed', id: entry.id, seen }] : [];
}
