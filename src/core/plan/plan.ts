import type { ApplicationId } from '../application/application.ts';
import type { CommitInfo, History, KnownCommit } from '../git/commit-info.ts';
import type { Json } from '../json.ts';
import type { FieldRecords, Intent, LedgerRecord, Orphaning } from '../ledger/ledger.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Pointer } from '../pointer.ts';
import type { Place, Problem } from '../problem.ts';
import type { Vanished } from './absence.ts';
import type { ListingSeen } from './listing-seen.ts';
import type { Notice } from './notice.ts';

/** One field that differs. Values are for people: what must not be shown is `(sensitive)` or the text as written. Absent means it is not there. */
export interface MemberChange {
  readonly path: Pointer;
  readonly before?: Json;
  readonly after?: Json;
}

/** Why a change is planned: for people only, no code branches on it. */
export type ChangeReason =
  | 'new'
  | 'deleted outside'
  | 'manifest changed'
  | 'drift'
  | 'not kept'
  | 'renamed'
  | 'pinned by id'
  | 'same name'
  | 'earlier name'
  | 'manifest removed';

interface ChangeBase {
  readonly name: string;
  readonly reason: ChangeReason;
  /** Differences of the canonical forms, in the order of their paths. */
  readonly members: readonly MemberChange[];
  /** Number of equal fields. */
  readonly unchanged: number;
}

interface ChangeOfLive extends ChangeBase {
  readonly id: ApplicationId;
  /** Hash of the canonical live body the plan saw; see {@link sameBase}. */
  readonly base: string;
  /** Hash of the unmasked differences: what must still be so right before the write. */
  readonly diffHash: string;
}

/** A new application. */
export interface CreateChange extends ChangeBase {
  readonly action: 'create';
  readonly manifest: Manifest;
  readonly place: Place;
  /** An undecided intent whose settle time has passed: its key is used again. */
  readonly intent?: Intent;
  /** The application this one replaces: its id is gone, its ledger entry leaves. */
  readonly replaces?: ApplicationId;
  /** The key pair we hold for the application that is gone: reused, so that its users' tokens stay valid. */
  readonly heldFingerprint?: string;
  /** Earlier names of the manifest that other manifests have now: a lost create or key under such a name is theirs. */
  readonly namesTakenByOthers?: readonly string[];
  /** Where its private key will be delivered: a file, or the name of a target without one. Absent where it stays in the key directory. */
  readonly keyTo?: readonly string[];
  /** Live applications of that name, as people read names, or key, none of which can be the one to be created. */
  readonly before: readonly ApplicationId[];
}

/** Taking over an application we did not own. `members` may be empty: then only the ledger changes. */
export interface AdoptChange extends ChangeOfLive {
  readonly action: 'adopt';
  readonly manifest: Manifest;
  readonly place: Place;
  readonly previousName?: string;
  /** Known capabilities and webhooks live that the manifest leaves out: what an adoption must not remove. */
  readonly losses: readonly Pointer[];
  /** The manifest's own application, which no longer exists: this one has its name. */
  readonly replaces?: ApplicationId;
  /** Other live applications of that name, as people read names. */
  readonly namesakes: readonly ApplicationId[];
}

/** A change to an application we own; a rename when `previousName` is there. */
export interface UpdateChange extends ChangeOfLive {
  readonly action: 'update';
  readonly manifest: Manifest;
  readonly place: Place;
  readonly previousName?: string;
  /** What is known of its fields since the plan's reading; absent when nothing is. */
  readonly known?: FieldRecords;
  /** Paths in the manifest's `ignore` that are there only so that they are no members of the change: the write carries their declared values. */
  readonly carried?: readonly Pointer[];
  /** Members that are written once more because the first write may not have been kept: no drift, and no heals. */
  readonly again?: readonly Pointer[];
}

/** Deleting an owned application whose manifest is gone. */
export interface DeleteChange extends ChangeOfLive {
  readonly action: 'delete';
  /** File of its removed manifest. */
  readonly file: string;
  /** The commit that removed it, where that is known. */
  readonly removedIn?: CommitInfo | undefined;
  /** How many phone numbers are linked to it; absent where that was not checked. */
  readonly linkedNumbers?: number;
}

/** One thing to do. */
export type Change = CreateChange | AdoptChange | UpdateChange | DeleteChange;

/** Whether a change only brings back what was applied before: nobody is asked about that. */
export function isRepair({ reason }: Change): boolean {
  return reason === 'drift' || reason === 'not kept';
}

/** Guards: rules that block a change because it looks like an accident. The ids are stable: metrics and scripts use them. */
export type GuardId =
  | 'subset'
  | 'incomplete'
  | 'empty'
  | 'unstable'
  | 'deletes-max'
  | 'deletes-per-24h'
  | 'updates-max'
  | 'vanished'
  | 'adoption-loss'
  | 'key-custody'
  | 'adoption-custody'
  | 'keys-required'
  | 'key-delivery'
  | 'moved'
  | 'rewound'
  | 'fight'
  | 'in-use';

/** What is seen and left alone, and why. */
export type SkipReason =
  | 'unchanged'
  | 'unmanaged'
  | 'conflict'
  | 'held'
  | 'paused'
  | 'protected'
  | 'blocked'
  | 'kept'
  | 'undecided'
  | 'waiting'
  | 'missing'
  | 'normalized'
  | 'unproven'
  | 'not-selected';

/** Something found and left unchanged. */
export interface Skip {
  readonly reason: SkipReason;
  readonly name: string;
  readonly id?: ApplicationId;
  readonly place?: Place;
  /** One sentence for people: why, and the remedy. Empty for `unchanged` and `unmanaged`. */
  readonly message: string;
  /** With `blocked`. */
  readonly guard?: GuardId;
  /** With `blocked`, `kept`, `missing`, `waiting` and `not-selected`: the change that was not or may have to be made. */
  readonly change?: Change;
  /** With `paused`: a person's pause holds back what this run would have made, in contrast to a manifest that says it is paused. */
  readonly heldBack?: true;
  /** With `conflict`: the applications that the manifest could refer to. */
  readonly candidates?: readonly ApplicationId[];
  /** With `normalised`: what the server rewrites. With `unproven`: what was written and is not seen yet. */
  readonly members?: readonly MemberChange[];
}

/** One line about a guard that blocked something, with its numbers. */
export interface GuardFinding {
  readonly guard: GuardId;
  readonly message: string;
  /** How many changes it blocked. */
  readonly blocked: number;
}

/** What a pass would do. Data only, the same for equal inputs in any order. */
export interface Plan {
  /** Directory the manifests were read from. */
  readonly root: string;
  /** Whose manifests they are; see DesiredState. */
  readonly source: string;
  /** Where another source is in effect: what entries that this plan makes are to it. */
  readonly outside?: Orphaning | undefined;
  /** A commit, or a hash of the manifests' contents. */
  readonly revision: string;
  /** A hash of the manifests' contents: two plans with the same one are made from the same manifests. */
  readonly content: string;
  /** See the revision of a DesiredState. */
  readonly commit?: KnownCommit | undefined;
  /** How the manifests stand to what was last applied, where the source has a history. */
  readonly history?: History | undefined;
  /** See DesiredState. */
  readonly unread?: CommitInfo | undefined;
  /** The last revision whose manifests were all valid, when this one's are not, as far as one is known. */
  readonly enforcedRevision?: string | undefined;
  /** Of the ledger it was computed from. */
  readonly serial: number;
  /** In the order they are carried out: renames, adoptions, creates and updates, deletes. */
  readonly changes: readonly Change[];
  /** By reason, then name. */
  readonly skips: readonly Skip[];
  readonly guards: readonly GuardFinding[];
  readonly notices: readonly Notice[];
  /** What a person approves by; absent where there is nothing to approve. See planHashOf. */
  readonly planHash?: string | undefined;
  /** Made as a person approved it: nothing of it waits. Another plan may have its hash, made without what that person allowed. */
  readonly approved?: true;
  /** Of the manifests it was made from. */
  readonly problems: readonly Problem[];
  readonly listing: ListingSeen;
  readonly vanished: Vanished;
  /** What was found missing, or live again: recorded at once, whatever else the pass may do. */
  readonly looks: readonly LedgerRecord[];
  /** When all that is missing or undecided can be decided, in milliseconds since 1970; absent when waiting decides nothing. */
  readonly settlesAt?: number;
  /** What a writing pass records at its end beside its changes: what manifests say now, and entries whose time is over. */
  readonly notes: readonly LedgerRecord[];
  /** Beside the changes: what the server rewrites is sent once more. */
  readonly retry?: Retry;
}

/** An application in which nothing differs but what the server rewrites, to be written again in case it keeps the values by now. */
export interface Retry {
  readonly name: string;
  readonly id: ApplicationId;
  readonly manifest: Manifest;
  readonly paths: readonly Pointer[];
}

/** A plan in which nothing was seen and nothing is to do. */
export const emptyPlan: Plan = {
  root: '',
  source: '',
  revision: '',
  content: '',
  serial: 0,
  changes: [],
  skips: [],
  guards: [],
  notices: [],
  problems: [],
  listing: { count: 0, ids: new Set(), hash: '' },
  vanished: { meant: 0, missing: 0, unconfirmed: 0, known: 0, live: 0 },
  looks: [],
  notes: [],
};
