import { whyUndelivered } from '../core/deliveries/tell-deliveries.ts';
import type { Notice } from '../core/plan/notice.ts';
import { type GuardFinding, isRepair, type Plan } from '../core/plan/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { Approval } from '../pass/approvals.ts';
import type { AccountEvent, PassEnded, PassFailed } from '../pass/event.ts';
import { hasFailed, hasInvalid, passCode } from '../pass/pass-result.ts';
import { isAnyPaused, noPauses, type Pauses } from '../pass/pauses.ts';
import type { TooFastSchedule } from '../schedule/too-fast.ts';
import { type ApplicationStatus, applicationsAfter, driftedNames, troubledStates } from './application-status.ts';

/** How an account is, in one word. */
export type AccountState =
  | 'starting'
  | 'standby'
  | 'failed'
  | 'attention'
  | 'paused'
  | 'drifted'
  | 'pending'
  | 'synced';

/** Everything people and machines may ask about one account. Times are milliseconds since 1970. */
export interface AccountStatus {
  readonly account: string;
  /** Who reconciles it instead of us. */
  readonly standby: string | undefined;
  /** Counted from the start of the daemon. */
  readonly pass: number;
  /** The pass in progress began then. */
  readonly runningSince: number | undefined;
  readonly nextPass: number | undefined;
  /** Set while the configured schedule is too frequent. */
  readonly tooFastSchedule: TooFastSchedule | undefined;
  readonly lastAttempt: number | undefined;
  /** When the account was last reconciled with nothing failed. */
  readonly lastSuccess: number | undefined;
  readonly lastDurationMs: number | undefined;
  readonly lastReasons: readonly string[];
  /** Same as the exit code of apply. */
  readonly lastCode: number | undefined;
  /** Consecutive failed passes. */
  readonly failures: number;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Whether a complete listing and the desired state have been seen. */
  readonly ready: boolean;
  readonly revisionSeen: string | undefined;
  /** A hash of the manifests of that revision. */
  readonly contentSeen: string | undefined;
  /** The newest revision without an invalid manifest that a pass has enforced. */
  readonly revisionEnforced: string | undefined;
  readonly problems: readonly Problem[];
  readonly guards: readonly GuardFinding[];
  readonly applications: ReadonlyMap<string, ApplicationStatus>;
  /** When the pass ended that saw them so. */
  readonly applicationsAt: number | undefined;
  /** Names of applications that were found drifted in the last pass, healed or not. */
  readonly drifted: readonly string[];
  readonly unmanaged: number;
  readonly owned: number | undefined;
  readonly deletesLeft: number | undefined;
  readonly pauses: Pauses;
  /** Consecutive listings that changed while they were read. */
  readonly unstableListings: number;
  /** How this machine's clock and the API's differ, by more than 5 minutes. */
  readonly clockSkew: string | undefined;
  /** What is to be approved before anything is written. */
  readonly waitsFor: string | undefined;
  /** Of all that can be approved in the last plan; undefined when there is nothing. */
  readonly planHash: string | undefined;
  /** The last approval, unless its time is over. */
  readonly approval: Approval | undefined;
  /** What the plan had to say beside its changes. */
  readonly notices: readonly string[];
  /** Private keys in use that are not delivered: one for each key and target. */
  readonly undelivered: number;
}

/** An account nothing is known about yet. */
export function startingStatus(account: string): AccountStatus {
  return {
    account,
    standby: undefined,
    pass: 0,
    runningSince: undefined,
    nextPass: undefined,
    tooFastSchedule: undefined,
    lastAttempt: undefined,
    lastSuccess: undefined,
    lastDurationMs: undefined,
    lastReasons: [],
    lastCode: undefined,
    failures: 0,
    error: undefined,
    ready: false,
    revisionSeen: undefined,
    contentSeen: undefined,
    revisionEnforced: undefined,
    problems: [],
    guards: [],
    applications: new Map(),
    applicationsAt: undefined,
    drifted: [],
    unmanaged: 0,
    owned: undefined,
    deletesLeft: undefined,
    pauses: noPauses,
    unstableListings: 0,
    clockSkew: undefined,
    waitsFor: undefined,
    planHash: undefined,
    approval: undefined,
    notices: [],
    undelivered: 0,
  };
}

/** The status after one more event. */
export function statusAfter(before: AccountStatus, event: AccountEvent): AccountStatus {
  switch (event.kind) {
    case 'standing-by':
      return { ...before, standby: event.owner, nextPass: undefined, tooFastSchedule: undefined };
    case 'leading':
      return { ...before, standby: undefined };
    case 'waiting':
      return { ...before, nextPass: event.until, tooFastSchedule: event.tooFast };
    case 'began':
      return { ...before, pass: event.pass, runningSince: event.at, nextPass: undefined };
    case 'ended':
      return afterEnd(before, event);
    case 'failed':
      return afterFailure(before, event);
    case 'stopped':
      return { ...before, runningSince: undefined, nextPass: undefined, tooFastSchedule: undefined };
  }
}

function afterEnd(before: AccountStatus, { at, durationMs, reasons, end }: PassEnded): AccountStatus {
  const { plan, pauses, owned, deletesLeft } = end;
  const failed = hasFailed(end);
  const unstable = plan.notices.some(({ kind }) => kind === 'unstable-listing');
  const enforced = end.mode === 'apply' && !hasInvalid(plan) && !isHeldBack(end);
  return {
    ...before,
    ...attempt(at, durationMs, reasons),
    lastSuccess: failed ? before.lastSuccess : at,
    lastCode: passCode(end),
    failures: failed ? before.failures + 1 : 0,
    error: undefined,
    ready: true,
    revisionSeen: plan.revision,
    contentSeen: plan.content,
    revisionEnforced: enforced ? plan.revision : (plan.enforcedRevision ?? before.revisionEnforced),
    problems: plan.problems,
    guards: plan.guards,
    applications: applicationsAfter(end, before.applications, at),
    applicationsAt: at,
    drifted: driftedNames(plan),
    unmanaged: plan.skips.filter(({ reason }) => reason === 'unmanaged').length,
    owned,
    deletesLeft,
    pauses,
    unstableListings: unstable ? before.unstableListings + 1 : 0,
    clockSkew: plan.notices.find(({ kind }) => kind === 'clock-skew')?.message,
    waitsFor: waitsFor(plan),
    planHash: isDone(end) ? undefined : plan.planHash,
    approval: end.approval,
    notices: noticesOf(end, owned),
    undelivered: end.undelivered?.length ?? 0,
  };
}

/** Whether something of what could be approved was done: then the plan is another one now, which only the next pass sees. */
function isDone({ results }: PassEnded['end']): boolean {
  return results.some(({ outcome, change }) => outcome === 'applied' && !isRepair(change));
}

/** What a person is asked for; undefined when nothing waits. */
export function waitsFor({ notices }: Plan): string | undefined {
  const asked = notices.filter(({ kind }) => kind === 'first-run' || kind === 'approval');
  return asked.length === 0 ? undefined : asked.map(({ message }) => message).join('. ');
}

/** Without what is over (the first pass has begun the ledger that its own plan missed) or said better by the conditions. */
function noticesOf({ plan: { notices }, undelivered = [] }: PassEnded['end'], owned: number): readonly string[] {
  const isOver = ({ kind }: Notice) => kind === 'incomplete' || kind === 'key-delivery'; // the pass has delivered since
  const lasting = notices.filter((notice) => !isOver(notice) && (notice.kind !== 'no-ledger' || owned === 0));
  const left = undelivered.map((key) => ({ name: key.name, message: whyUndelivered(key) }));
  return [...lasting, ...left].map(({ name, message }) => (name === undefined ? message : `"${name}": ${message}`));
}

function afterFailure(before: AccountStatus, { at, durationMs, reasons, error, pauses }: PassFailed): AccountStatus {
  return {
    ...before,
    ...attempt(at, durationMs, reasons),
    lastCode: error.exitCode,
    failures: before.failures + 1,
    error: { code: error.code, message: error.message },
    ready: before.ready && !isStateGone(error),
    pauses,
  };
}

/** What was seen of the account is worth nothing without the state that it was seen with. */
function isStateGone({ code, details }: PassFailed['error']): boolean {
  return code === 'E_STATE_MISSING' || (code === 'E_LOCK_LOST' && details.moved === true);
}

function attempt(at: number, durationMs: number, reasons: readonly string[]) {
  return { runningSince: undefined, lastAttempt: at, lastDurationMs: durationMs, lastReasons: reasons };
}

/** The one word for an account: the first of these that is so. */
export function stateOf(status: AccountStatus): AccountState {
  if (status.standby !== undefined) return 'standby';
  if (status.failures > 0) return 'failed';
  if (!status.ready) return 'starting';
  const states = new Set([...status.applications.values()].map(({ state }) => state));
  const attention = troubledStates.some((one) => states.has(one));
  if (attention || status.problems.some(({ severity }) => severity === 'error')) return 'attention';
  if (isAnyPaused(status.pauses)) return 'paused';
  if (states.has('drifted')) return 'drifted';
  return states.has('pending') ? 'pending' : 'synced';
}

/** Whether a pause that came in the middle of the pass held something back. */
function isHeldBack({ results }: PassEnded['end']): boolean {
  return results.some((result) => result.outcome === 'skipped' && result.skip === 'paused');
}
