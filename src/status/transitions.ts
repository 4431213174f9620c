import type { NotificationEvent } from '../config/daemon.ts';
import { plural } from '../core/plural.ts';
import { countProblems, saidOf } from '../core/problem.ts';
import { quoted } from '../core/render/visible.ts';
import type { AccountEvent } from '../pass/event.ts';
import { type AccountStatus, stateOf } from './status.ts';

/** Something that is different now, for people. */
export interface Transition {
  readonly event: NotificationEvent;
  /** Absent for a source, which several accounts may share. */
  readonly account?: string;
  /** With an event about a git source: its name. */
  readonly source?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly pass?: number;
  readonly revision: string | undefined;
  /** One sentence. */
  readonly message: string;
  /** The applications it is about. */
  readonly applications: readonly string[];
}

/** What a pass changed about an account, worth telling: transitions only, never the same state twice. */
export function transitionsOf(event: AccountEvent, before: AccountStatus, after: AccountStatus): readonly Transition[] {
  if (event.kind !== 'ended' && event.kind !== 'failed') return [];
  const told = [
    failed(before, after),
    recovered(before, after),
    invalid(before, after),
    blocked(before, after),
    waiting(before, after),
    drifted(before, after),
    event.kind === 'ended' ? deleted(event.end.results) : undefined,
    event.kind === 'ended' ? recreated(event.end.results) : undefined,
    synced(before, after),
  ];
  const { account, pass, revisionSeen: revision } = after;
  return told.flatMap((one) => (one === undefined ? [] : [{ ...one, account, pass, revision, at: event.at }]));
}

type Told = Pick<Transition, 'event' | 'message' | 'applications'> | undefined;

function failed(before: AccountStatus, after: AccountStatus): Told {
  if (after.error !== undefined) {
    const same = before.error?.code === after.error.code;
    return same ? undefined : { event: 'failed', message: `pass failed: ${after.error.message}`, applications: [] };
  }
  const applications = newlyIn('failed', before, after);
  if (applications.length === 0) return undefined;
  return { event: 'failed', message: `changes failed: ${names(applications)}`, applications };
}

function recovered(before: AccountStatus, after: AccountStatus): Told {
  if (before.failures === 0 || after.failures > 0) return undefined;
  return {
    event: 'recovered',
    message: `recovered after ${plural(before.failures, 'failed pass', 'failed passes')}`,
    applications: [],
  };
}

function invalid(before: AccountStatus, after: AccountStatus): Told {
  const count = errorsOf(after);
  const known = errorsOf(before) > 0 && before.contentSeen === after.contentSeen;
  if (count === 0 || known) return undefined;
  const first = after.problems.find(({ severity }) => severity === 'error');
  const where = first === undefined ? '' : `: ${first.place.file}:${first.place.line} ${saidOf(first)}`;
  const message = `revision ${after.revisionSeen} has ${plural(count, 'error')}; the last valid state stays enforced${where}`;
  return { event: 'invalid-revision', message, applications: [] };
}

function blocked(before: AccountStatus, after: AccountStatus): Told {
  const known = new Set(before.guards.map(({ guard }) => guard));
  const guards = after.guards.filter(({ guard }) => !known.has(guard));
  const applications = [...newlyIn('blocked', before, after), ...newlyIn('conflict', before, after)];
  if (guards.length === 0 && applications.length === 0) return undefined;
  const why = guards.map(({ guard, message }) => `${guard}: ${message}`);
  const message = why.length > 0 ? why.join('; ') : `manual action required for ${names(applications)}`;
  return { event: 'blocked', message, applications };
}

function waiting(before: AccountStatus, { waitsFor }: AccountStatus): Told {
  if (waitsFor === undefined || before.waitsFor === waitsFor) return undefined;
  return { event: 'waiting', message: waitsFor, applications: [] };
}

function drifted(before: AccountStatus, after: AccountStatus): Told {
  const known = new Set(before.drifted);
  const applications = after.drifted.filter((name) => !known.has(name));
  if (applications.length === 0) return undefined;
  return { event: 'drifted', message: `changed outside of vonage-gitops: ${names(applications)}`, applications };
}

function deleted(
  results: readonly { readonly outcome: string; readonly change: { action: string; name: string } }[],
): Told {
  const applications = results.flatMap(({ outcome, change }) =>
    outcome === 'applied' && change.action === 'delete' ? [change.name] : [],
  );
  if (applications.length === 0) return undefined;
  return { event: 'deleted', message: `deleted: ${names(applications)}`, applications };
}

/** Whoever linked a number to the application that was deleted outside has to do so again. */
function recreated(
  results: readonly {
    readonly outcome: string;
    readonly change: { readonly action: string; readonly name: string; readonly replaces?: string };
  }[],
): Told {
  const applications = results.flatMap(({ outcome, change }) =>
    outcome === 'applied' && change.replaces !== undefined ? [change.name] : [],
  );
  if (applications.length === 0) return undefined;
  const message = `deleted outside of vonage-gitops, and created again or replaced by another application of that name: ${names(applications)}. The id is new: linked numbers must be linked again`;
  return { event: 'recreated', message, applications };
}

function synced(before: AccountStatus, after: AccountStatus): Told {
  const was = stateOf(before);
  if (stateOf(after) !== 'synced' || was === 'synced' || was === 'starting' || was === 'standby') return undefined;
  return { event: 'synced', message: 'in sync with the manifests', applications: [] };
}

/** Whether the log should say at more than debug level what a pass found, although it did nothing. */
export function isNews(before: AccountStatus, after: AccountStatus): boolean {
  if (errorsOf(after) > 0 && (errorsOf(before) === 0 || before.contentSeen !== after.contentSeen)) return true;
  const attention = (status: AccountStatus) =>
    [...status.applications.values()]
      .filter(({ state }) => !['synced', 'kept', 'protected'].includes(state))
      .map(({ name, state }) => `${name} ${state}`)
      .sort()
      .join('\n');
  return attention(before) !== attention(after);
}

function newlyIn(state: string, before: AccountStatus, after: AccountStatus): readonly string[] {
  return [...after.applications]
    .filter(([key, application]) => application.state === state && before.applications.get(key)?.state !== state)
    .map(([, { name }]) => name);
}

function errorsOf({ problems }: AccountStatus): number {
  return countProblems(problems).errors;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, 10).map(quoted).join(', ');
  return all.length > 10 ? `${shown} and ${all.length - 10} more` : shown;
}
