import type { Application, ApplicationId } from '../application/application.ts';
import { canonical } from '../application/canonical.ts';
import { diff } from '../application/diff.ts';
import { oddField, oddMessage } from '../application/odd-field.ts';
import { spelledOut } from '../application/spelled-out.ts';
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { nameMatcher } from '../name-glob.ts';
import { shownMembers } from '../redact/shown-members.ts';
import { type Absence, type AbsenceInput, missingMessage } from './absence.ts';
import { liveHashOf } from './live-hash.ts';
import type { Change, DeleteChange, Skip } from './plan.ts';
import type { Policy } from './policy.ts';

/** An owned application that no manifest means any more. */
export interface Orphan {
  readonly entry: LedgerEntry;
  readonly application: Application;
}

/** What decides about orphans. */
export interface PruneContext {
  readonly policy: Policy;
  readonly manifests: readonly Manifest[];
  readonly owned: Ledger;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether a person allowed a number of deletes: then old orphans may go as well. */
  readonly allowed: boolean;
  readonly isHeld: (id: ApplicationId) => boolean;
  /** Whether the manifests come from another source in this pass. */
  readonly moved: boolean;
  /** Whether they are of a commit that does not follow the one applied last. */
  readonly rewound: boolean;
  /** Ids that stand in a conflict: one of them may be meant by a manifest. */
  readonly disputed: ReadonlySet<ApplicationId>;
}

/** What happens to an orphan: a delete, or why not. The first rule that fits decides. */
export function decideOrphan(orphan: Orphan, context: PruneContext): Change | Skip {
  const { entry, application } = orphan;
  const kept = keeping(orphan, context);
  if (kept !== undefined) return { name: entry.name, id: application.id, ...kept };
  const { members, unchanged } = diff(canonical(application.body), {});
  const removedIn = entry.orphaned?.removedIn;
  const change: DeleteChange = {
    action: 'delete',
    name: entry.name,
    id: application.id,
    file: entry.file,
    ...(removedIn === undefined ? {} : { removedIn }),
    reason: 'manifest removed',
    members: shownMembers(spelledOut(members, application.body, undefined), undefined),
    unchanged,
    base: liveHashOf(application.body),
    diffHash: liveHashOf(application.body),
  };
  return change;
}

/** An entry that neither the listing shows nor a manifest means: what is said of it; nothing when this pass releases it. */
export function decideAbsentOrphan(
  entry: LedgerEntry,
  absence: Absence,
  context: AbsenceInput & { readonly anyLive: boolean; readonly released: boolean },
): readonly Skip[] {
  if (absence === 'gone' && context.released) return [];
  const message = absence === 'gone' ? goneMessage(entry, context.anyLive) : missingMessage(entry, absence, context);
  return [{ reason: 'missing', name: entry.name, id: entry.id, message }];
}

function goneMessage(entry: LedgerEntry, anyLive: boolean): string {
  if (anyLive)
    return `it no longer exists, and its ledger entry is removed by the next pass over all manifests: ${release(entry)}`;
  return `it no longer exists, and neither does any other managed application, which looks like another account or an outage: ${release(entry)}`;
}

/** What a manifest's absence does to its application, as last recorded. */
function recordedDeletionPolicy(entry: LedgerEntry, policy: Policy): 'delete' | 'orphan' | 'protect' | 'adopted' {
  if (entry.deletionPolicy !== undefined) return entry.deletionPolicy;
  return entry.origin === 'adopted' && policy.deletionPolicy === 'delete' ? 'adopted' : policy.deletionPolicy;
}

/** Whether the orphan's entry leaves while the application stays: `orphan` was recorded, and nothing keeps it owned. */
export function isGivenUp(orphan: Orphan, context: PruneContext): boolean {
  return keeping(orphan, context) === givenUp;
}

type Kept = Pick<Skip, 'reason' | 'message' | 'candidates'>;
type Rule = (orphan: Orphan, context: PruneContext) => Kept | undefined;

const givenUp: Kept = { reason: 'kept', message: 'deletionPolicy orphan: it stays and is no longer managed' };

function keeping(orphan: Orphan, context: PruneContext): Kept | undefined {
  for (const rule of keepRules) {
    const kept = rule(orphan, context);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

const release = (entry: LedgerEntry) => `release "${entry.name}" to stop managing it`;

/** What another source does not declare is no removal. */
function leftBehind(entry: LedgerEntry, moved: boolean, allowed: boolean): Kept | undefined {
  if (moved) return { reason: 'kept', message: 'the source that the manifests moved to does not declare it' };
  if (entry.orphaned?.cause !== 'moved' || allowed) return undefined;
  const message = `the source that the manifests moved to does not declare it: delete it with apply --allow-deletes N, or ${release(entry)}`;
  return { reason: 'kept', message };
}

/** What an earlier commit does not declare is no removal either. */
function notYetThere(entry: LedgerEntry, rewound: boolean, allowed: boolean): Kept | undefined {
  if (allowed || !(rewound || entry.orphaned?.cause === 'rewound')) return undefined;
  const message = `its source went back to a commit that does not declare it: bring its manifest back, delete it with apply --allow-deletes N, or ${release(entry)}`;
  return { reason: 'kept', message };
}

/**
 * Whether a manifest with the orphan's name means another application that was managed beside it. One that was pinned only when the
 * orphan lost its manifest says that the application was exchanged, which is no wish to delete it.
 */
function isOther({ id }: Manifest, entry: LedgerEntry, { owned, now }: Pick<PruneContext, 'owned' | 'now'>): boolean {
  const other = id === undefined || id === entry.id ? undefined : owned.entries.get(id);
  return other?.boundAt !== undefined && other.boundAt < (entry.orphaned?.at ?? now);
}

/** What protects it, and the way out; what no manifest has declared since is protected by the command that recorded it. */
function protectedBy({ deletionPolicy, file, revision, origin }: LedgerEntry): string {
  if (deletionPolicy === undefined)
    return 'the configuration says "deletionPolicy: protect": bring its manifest back with another one, apply it, then remove it';
  if (file === '')
    return `${origin === 'created' ? 'restore' : 'ledger rebuild'} protects it until a manifest declares it: add one`;
  if (revision === '')
    return 'ledger rebuild or adopt protects it until an apply has read its manifest: bring that back and apply it';
  return 'its last manifest said "deletionPolicy: protect": apply a revision that says otherwise, then remove it';
}

const keepRules: readonly Rule[] = [
  ({ application }, { isHeld }) =>
    isHeld(application.id)
      ? { reason: 'held', message: 'an invalid manifest may refer to it: fix the manifest, then run plan again' }
      : undefined,
  ({ application }) => {
    const odd = oddField(application.body);
    return odd === undefined ? undefined : { reason: 'held', message: oddMessage(odd) };
  },
  ({ application }, { disputed }) =>
    disputed.has(application.id)
      ? { reason: 'conflict', message: 'a manifest in conflict may refer to it', candidates: [application.id] }
      : undefined,
  ({ entry, application }, { manifests }) => {
    const by = manifests.find(
      ({ formerly = [] }) => formerly.includes(entry.name) || formerly.includes(application.name),
    );
    return by && { reason: 'protected', message: `"${by.name}" still lists it in formerly: remove that name first` };
  },
  ({ entry, application }, { manifests, ...context }) =>
    manifests.some((one) => (one.name === entry.name || one.name === application.name) && !isOther(one, entry, context))
      ? { reason: 'protected', message: `a manifest with its name refers to another application: ${release(entry)}` }
      : undefined,
  ({ entry, application }, { policy }) =>
    policy.scopeNames.length > 0 && !nameMatcher(policy.scopeNames)(application.name)
      ? { reason: 'protected', message: `"${application.name}" is outside scope.names: ${release(entry)}` }
      : undefined,
  ({ entry }) =>
    entry.paused
      ? {
          reason: 'protected',
          message: `its manifest was paused when it was removed: restore it, or ${release(entry)}`,
        }
      : undefined,
  ({ entry }, { policy, moved, rewound, allowed }) => {
    const recorded = recordedDeletionPolicy(entry, policy);
    switch (recorded) {
      case 'protect':
        return { reason: 'protected', message: `${protectedBy(entry)}, or ${release(entry)}` };
      case 'adopted':
        return {
          reason: 'protected',
          message: `adopted, and its manifest never said "deletionPolicy: delete": restore it and set that, or ${release(entry)}`,
        };
      case 'orphan':
        return leftBehind(entry, moved, allowed) ?? notYetThere(entry, rewound, allowed) ?? givenUp;
      case 'delete':
        return leftBehind(entry, moved, allowed) ?? notYetThere(entry, false, allowed); // in a pass that goes back, a guard blocks it
    }
  },
  (_orphan, { policy }) =>
    policy.policy === 'sync' ? undefined : { reason: 'kept', message: `policy ${policy.policy} never deletes` },
  ({ entry }, { allowed }) =>
    entry.orphaned !== undefined && entry.orphaned.policy !== 'sync' && !allowed
      ? {
          reason: 'kept',
          message: `its manifest was removed while the policy was ${entry.orphaned.policy}: delete it with apply --allow-deletes N, or ${release(entry)}`,
        }
      : undefined,
];
