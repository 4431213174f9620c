import type { Overrides } from '../core/plan/policy.ts';

/** What a person allows for an approved plan: each replaces one guard's number, as the options of apply do. */
export interface Allowances {
  readonly deletes?: number | undefined;
  readonly updates?: number | undefined;
  readonly creates?: number | undefined;
  /** Names or ids of applications whose adoption may remove what their manifests do not declare. */
  readonly removals?: readonly string[] | undefined;
  /** Names or ids of applications that may be cut off from the phone numbers linked to them. */
  readonly linked?: readonly string[] | undefined;
}

/** A person's consent to one plan. Times are milliseconds since 1970. */
export interface Approval {
  readonly planHash: string;
  readonly allow: Allowances;
  /** Who approved: `http`, or a user of the machine. */
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** When it ends, used or not. */
  readonly until: number;
  /** When a pass was about to write what it approves: it holds for no other one. */
  readonly used?: number | undefined;
}

/** Where the last approval of an account is kept. */
export interface ApprovalStore {
  /** What cannot be understood is none. @throws {ReconcilerError} E_STATE_UNUSABLE */
  load(): Promise<Approval | undefined>;
  /** Puts it in the place of an earlier one; it is on the disk when this resolves. @throws {ReconcilerError} E_LOCK_HELD, E_LOCK_LOST, E_STATE_UNUSABLE */
  save(approval: Approval): Promise<void>;
  /** Marks it as used; that is on the disk when this resolves. @throws {ReconcilerError} as `save`, and E_REFUSED when it is another one by now */
  spend(approval: Approval, at: number): Promise<void>;
}

/** How long an approval holds, in milliseconds. */
export const approvalMs = 24 * 60 * 60 * 1000;

/** How far ahead of ours the clock of whoever approved may be, in milliseconds. More, and ours was set back: then it could hold for long. */
const mostAheadMs = 5 * 60 * 1000;

/** Whether a pass may still use it. */
export function isOpen({ at, until, used }: Approval, now: number): boolean {
  return used === undefined && now < until && at <= now + mostAheadMs;
}

/** What a plan is made with that a person approved so. Fights are none of it: healing drift needs no approval. */
export function overridesFor({ deletes, updates, creates, removals = [], linked = [] }: Allowances): Overrides {
  return {
    ...(deletes === undefined ? {} : { allowDeletes: deletes }),
    ...(updates === undefined ? {} : { allowUpdates: updates }),
    ...(creates === undefined ? {} : { allowCreates: creates }),
    allowRemovals: removals,
    allowLinked: linked,
    healFights: false,
  };
}
