import { compareTexts } from '../core/compare.ts';
import type { SourceStatus } from '../core/git/source-status.ts';
import { emptyPlan, type Plan } from '../core/plan/plan.ts';
import { commitDocument, type DocumentContext, planToJson, problemDocument } from '../core/render/json.ts';
import { whyOf } from '../core/render/report.ts';
import type { Approval } from '../pass/approvals.ts';
import type { PassAnswer } from '../pass/event.ts';
import { askedPassCode } from '../pass/pass-result.ts';
import type { Pause, Pauses } from '../pass/pauses.ts';
import type { ApplicationStatus } from './application-status.ts';
import { conditionsOf } from './conditions.ts';
import type {
  AccountDocument,
  AccountSummary,
  ApplicationDocument,
  ApprovalDocument,
  PausesDocument,
  SyncDocument,
} from './documents.ts';
import { type AccountStatus, stateOf } from './status.ts';

const noApplications: AccountSummary['counts'] = {
  failed: 0,
  conflict: 0,
  held: 0,
  blocked: 0,
  undecided: 0,
  missing: 0,
  drifted: 0,
  pending: 0,
  paused: 0,
  protected: 0,
  kept: 0,
  synced: 0,
};

/** A status as the document GET /api/v1/status holds of it. */
export function accountSummary(status: AccountStatus, now: number, source?: SourceStatus): AccountSummary {
  const counts = { ...noApplications };
  for (const { state } of status.applications.values()) counts[state] += 1;
  return {
    account: status.account,
    state: stateOf(status),
    conditions: [...conditionsOf(status, now)],
    standby: status.standby ?? null,
    pass: status.pass,
    runningSince: isoTime(status.runningSince),
    nextPass: isoTime(status.nextPass),
    lastAttempt: isoTime(status.lastAttempt),
    lastSuccess: isoTime(status.lastSuccess),
    lastDurationMs: status.lastDurationMs ?? null,
    lastReasons: [...status.lastReasons],
    lastCode: status.lastCode ?? null,
    failures: status.failures,
    error: status.error ?? null,
    ready: status.ready,
    revision: { seen: status.revisionSeen ?? null, enforced: status.revisionEnforced ?? null },
    problems: status.problems.map(problemDocument),
    guards: status.guards.map(({ guard, message, blocked }) => ({ guard, message, blocked })),
    counts,
    drifted: [...status.drifted],
    unmanaged: status.unmanaged,
    owned: status.owned ?? null,
    deletesLeft: status.deletesLeft ?? null,
    pauses: pausesDocument(status.pauses),
    ...(status.planHash === undefined ? {} : { planHash: status.planHash }),
    ...(status.approval === undefined ? {} : { approval: approvalDocument(status.approval) }),
    ...(source === undefined ? {} : { source: sourceDocument(source) }),
  };
}

function sourceDocument(status: SourceStatus): NonNullable<AccountSummary['source']> {
  const { name, repository, ref, state, refusal, message, since, askedAt, okAt, accepted, tip, reportProblem } = status;
  return {
    ...{ name, repository, ref, state, message },
    ...(refusal === undefined ? {} : { refusal }),
    since: new Date(since).toISOString(),
    askedAt: new Date(askedAt).toISOString(),
    okAt: isoTime(okAt),
    ...(accepted === undefined ? {} : { accepted: commitDocument(accepted) }),
    ...(tip === undefined ? {} : { tip: commitDocument(tip) }),
    ...(reportProblem === undefined ? {} : { reportProblem }),
  };
}

/** A status with all its applications, by name. */
export function accountDocument(status: AccountStatus, now: number, source?: SourceStatus): AccountDocument {
  const applications = [...status.applications.values()].map(applicationDocument);
  applications.sort((one, other) => compareTexts(one.name, other.name));
  return { format: 'vonage-gitops.account/2', ...accountSummary(status, now, source), applications };
}

/** One application of a status. */
export function applicationDocument(status: ApplicationStatus): ApplicationDocument {
  const { name, id, state, since, message, place, guard, change, lastChange } = status;
  return {
    name,
    state,
    since: new Date(since).toISOString(),
    message,
    ...(id === undefined ? {} : { id }),
    ...(place === undefined ? {} : { place: { ...place } }),
    ...(guard === undefined ? {} : { guard }),
    ...(change === undefined ? {} : { change: changeDocument(change) }),
    ...(lastChange === undefined ? {} : { lastChange: { ...lastChange, at: new Date(lastChange.at).toISOString() } }),
  };
}

const nowhere: DocumentContext = { program: '', account: '', accountHash: '' };

/** A change as plans show it, without the manifest's body. */
function changeDocument(change: Plan['changes'][number]): NonNullable<ApplicationDocument['change']> {
  const [document] = planToJson({ ...emptyPlan, changes: [change] }, nowhere).changes;
  if (document === undefined) throw new Error('a plan of one change has one change');
  return document;
}

/** Pauses with readable times. */
export function pausesDocument({ account, applications }: Pauses): PausesDocument {
  const readable = ({ reason, since, until }: Pause) => ({
    reason,
    since: new Date(since).toISOString(),
    until: isoTime(until),
  });
  return {
    account: account === undefined ? null : readable(account),
    applications: Object.fromEntries(Object.entries(applications).map(([name, one]) => [name, readable(one)])),
  };
}

/** An approval with readable times. */
export function approvalDocument({ planHash, allow, by, reason, at, until, used }: Approval): ApprovalDocument {
  const { removals, linked, ...numbers } = allow;
  return {
    planHash,
    allow: {
      ...numbers,
      ...(removals === undefined ? {} : { removals: [...removals] }),
      ...(linked === undefined ? {} : { linked: [...linked] }),
    },
    by,
    reason,
    at: new Date(at).toISOString(),
    until: new Date(until).toISOString(),
    used: isoTime(used),
  };
}

/** What came of a pass that was asked for. */
export function syncResult(account: string, answer: PassAnswer): SyncDocument['results'][number] {
  if (answer === undefined) {
    const message = 'this daemon does not reconcile the account: it is on standby or stopping';
    return { account, pass: null, exitCode: 6, message, revision: null, results: [], problems: [] };
  }
  const { pass } = answer;
  if (answer.kind === 'failed') {
    const { message, exitCode } = answer.error;
    return { account, pass, exitCode, message, revision: null, results: [], problems: [] };
  }
  const { plan, results } = answer.end;
  return {
    account,
    pass,
    exitCode: askedPassCode(answer.end),
    message: plan.notices.find(({ kind }) => kind === 'approval')?.message ?? '',
    revision: plan.revision,
    results: results.map((result) => {
      const { change, outcome } = result;
      const why = whyOf(result);
      return { action: change.action, name: change.name, outcome, ...(why === '' ? {} : { message: why }) };
    }),
    problems: plan.problems.map(problemDocument),
  };
}

/** ISO 8601 in UTC, or null. */
export function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
