import { shortId } from '../core/git/commit-info.ts';
import { plural } from '../core/plural.ts';
import { countProblems, formatPlace, saidOf } from '../core/problem.ts';
import { quoted } from '../core/render/visible.ts';
import { isOpen } from '../pass/approvals.ts';
import { describePause } from '../pass/pauses.ts';
import { describeTooFast } from '../schedule/too-fast.ts';
import { applicationStates, troubledStates } from './application-status.ts';
import type { AccountStatus } from './status.ts';

/** Listings in a row that changed while they were read, from which on a person should know. */
const worryingListings = 3;

/** What there is to say about an account, in sentences, the most urgent first. */
export function conditionsOf(status: AccountStatus, now: number): readonly string[] {
  const { standby, error, failures, pauses, unstableListings, revisionEnforced, guards, drifted, notices } = status;
  const { tooFastSchedule } = status;
  return [
    ...(standby === undefined ? [] : [`another daemon reconciles this account (${standby}); this one is on standby`]),
    ...(error === undefined
      ? []
      : [`the last ${failures === 1 ? 'pass' : `${failures} passes`} failed: ${error.message}`]),
    ...(error === undefined ? [] : oldCondition(status, now)),
    ...(error === undefined && failures > 0 ? ['some changes of the last pass failed'] : []),
    ...invalidCondition(status, revisionEnforced),
    ...guards.map(({ guard, blocked, message }) => `guard ${guard} blocks ${blocked}: ${message}`),
    ...(unstableListings < worryingListings
      ? []
      : [`the last ${unstableListings} listings changed while they were read`]),
    ...(pauses.account === undefined ? [] : [`the account is ${describePause(pauses.account)}`]),
    ...Object.entries(pauses.applications).map(([name, pause]) => `${quoted(name)} is ${describePause(pause)}`),
    ...(drifted.length === 0
      ? []
      : [`changed outside of vonage-gitops: ${drifted.slice(0, 10).map(quoted).join(', ')}`]),
    ...countConditions(status),
    ...approvalCondition(status, now),
    ...(tooFastSchedule === undefined ? [] : [describeTooFast(tooFastSchedule)]),
    ...notices,
    ...lateCondition(status, now),
  ];
}

/** What is known of applications grows old while passes fail. */
function oldCondition({ applicationsAt: at }: AccountStatus, now: number): readonly string[] {
  if (at === undefined) return [];
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  const ago = seconds < 120 ? plural(seconds, 'second') : plural(Math.round(seconds / 60), 'minute');
  return [`application states are as of the last pass that read them, ${ago} ago (${new Date(at).toISOString()})`];
}

function invalidCondition({ problems }: AccountStatus, enforced: string | undefined): readonly string[] {
  const first = problems.find(({ severity }) => severity === 'error');
  if (first === undefined) return [];
  const kept =
    enforced === undefined
      ? 'their applications are left unchanged and nothing is deleted'
      : `the last valid state stays enforced and nothing is deleted; revision ${shortId(enforced)} was the last valid one`;
  return [
    `the manifests have ${plural(countProblems(problems).errors, 'error')}; ${kept}: ${formatPlace(first.place)} ${saidOf(first)}`,
  ];
}

const spoken: ReadonlySet<string> = new Set([...troubledStates, 'pending']);

function countConditions({ applications }: AccountStatus): readonly string[] {
  const all = [...applications.values()];
  return applicationStates
    .filter((state) => spoken.has(state))
    .flatMap((state) => {
      const names = all.filter((application) => application.state === state).map(({ name }) => quoted(name));
      const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
      return names.length === 0 ? [] : [`${state}: ${names.slice(0, 10).join(', ')}${more}`];
    });
}

/** Somebody approved what is not the plan any more, and may think that it is applied. */
function approvalCondition({ approval, planHash }: AccountStatus, now: number): readonly string[] {
  if (approval === undefined || !isOpen(approval, now) || approval.planHash === planHash) return [];
  return [
    `the approval by ${approval.by} (${new Date(approval.at).toISOString()}) is for another plan than the present one`,
  ];
}

/** A pass that runs for more than ten minutes deserves a word. */
function lateCondition({ runningSince }: AccountStatus, now: number): readonly string[] {
  if (runningSince === undefined || now - runningSince < 600_000) return [];
  return [`the current pass has been running for ${Math.round((now - runningSince) / 60_000)} minutes`];
}
