import { isDeepStrictEqual } from 'node:util';
import type { AccountEvent } from '../pass/event.ts';
import { describePause, isAnyPaused } from '../pass/pauses.ts';
import type { Log } from '../reconcile/ports.ts';
import { describeTooFast } from '../schedule/too-fast.ts';
import { type ApplicationStatus, troubledStates } from './application-status.ts';
import { type AccountStatus, stateOf } from './status.ts';

/** Said by a daemon that would adopt into a new ledger. */
export const waitsForApproval = 'waiting for approval';

/** Applications that are named one by one after a pass at most. */
const mostNamed = 20;

/** Tells the log what an event changed about an account, beside the changes of a pass, which speak for themselves. */
export function logChanges(log: Log, event: AccountEvent, before: AccountStatus, after: AccountStatus): void {
  if (event.kind === 'leading' && before.standby !== undefined) log.info({ owner: before.standby }, 'taken over');
  if (event.kind === 'waiting') logSchedule(log, before, after);
  if (event.kind !== 'ended' && event.kind !== 'failed') return;
  if (stateOf(before) === 'failed' && after.failures === 0)
    log.info({ failures: before.failures }, 'account recovered');
  if (hasErrors(before) && !hasErrors(after)) log.info({ revision: after.revisionSeen }, 'manifests valid again');
  logResumed(log, before, after);
  if (event.kind !== 'ended') return;
  logClock(log, before, after);
  if (after.waitsFor !== undefined && before.waitsFor !== after.waitsFor)
    log.warn({ why: after.waitsFor }, waitsForApproval);
  logStates(log, before, after);
}

function logClock(log: Log, { clockSkew: before }: AccountStatus, { clockSkew: after }: AccountStatus): void {
  if (before === undefined && after !== undefined) log.warn({ why: after }, "clock differs from the API's clock");
  if (before !== undefined && after === undefined) log.info({}, "clock matches the API's clock again");
}

function logSchedule(log: Log, { tooFastSchedule: before }: AccountStatus, { tooFastSchedule: after }: AccountStatus) {
  if (before === undefined && after !== undefined)
    log.warn({ why: describeTooFast(after) }, 'schedule too frequent, backing off');
  if (before !== undefined && after === undefined) log.info({}, 'schedule is followed again');
}

/** Whether something was paused or resumed, or for other reasons or times. */
export function arePausesOther(before: AccountStatus, after: AccountStatus): boolean {
  return !isDeepStrictEqual(before.pauses, after.pauses);
}

function logResumed(log: Log, { pauses: before }: AccountStatus, { pauses: after }: AccountStatus): void {
  if (before.account !== undefined && after.account === undefined) log.info({}, 'account is resumed');
  for (const application of Object.keys(before.applications)) {
    if (!Object.hasOwn(after.applications, application)) log.info({ application }, 'application is resumed');
  }
}

const worrying: ReadonlySet<string> = new Set([...troubledStates, 'drifted']);

function logStates(log: Log, before: AccountStatus, after: AccountStatus): void {
  const moved = [...after.applications].filter(([key, one]) => hasMoved(key, one, before, after));
  for (const [key, { name, state, message }] of moved.slice(0, mostNamed)) {
    const was = before.applications.get(key)?.state;
    const fields = { application: name, was, state, ...(message === '' ? {} : { why: message }) };
    if (worrying.has(state)) log.warn(fields, 'application state changed');
    else log.info(fields, 'application state changed');
  }
  if (moved.length > mostNamed)
    log.info({ applications: moved.length - mostNamed }, 'further application states changed');
}

/** What a change of this pass did is told by the change's own line. */
function hasMoved(
  key: string,
  { state, lastChange }: ApplicationStatus,
  before: AccountStatus,
  after: AccountStatus,
): boolean {
  if (lastChange !== undefined && lastChange.at === after.lastAttempt) return false;
  return state !== (before.applications.get(key)?.state ?? 'synced');
}

function hasErrors({ problems }: AccountStatus): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

/** How often a pause is mentioned again, in milliseconds: it is easily forgotten. */
const reminderMs = 3_600_000;

/** Says what is paused when it began or an hour has passed; answers with when it was last said, in milliseconds since 1970. */
export function remindOfPauses(log: Log, { pauses }: AccountStatus, last: number, now: number): number {
  if (!isAnyPaused(pauses)) return 0;
  if (now - last < reminderMs) return last;
  if (pauses.account !== undefined) log.warn({ pause: describePause(pauses.account) }, 'account is paused');
  for (const [application, pause] of Object.entries(pauses.applications)) {
    log.warn({ application, pause: describePause(pause) }, 'application is paused');
  }
  return now;
}
