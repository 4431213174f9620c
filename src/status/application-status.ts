import { parseApplicationId } from '../core/application/application.ts';
import { groupBy } from '../core/group-by.ts';
import type { Change, Plan, Skip, SkipReason } from '../core/plan/plan.ts';
import type { ApplyResult } from '../core/plan/report.ts';
import type { Place } from '../core/problem.ts';
import { whyOf } from '../core/render/report.ts';
import { explainReason } from '../core/render/words.ts';
import type { PassEnd } from '../pass/pass.ts';

/** States in which an application needs somebody's attention. */
export const troubledStates = ['failed', 'conflict', 'held', 'blocked', 'undecided', 'missing'] as const;

/** States of an application, the worst first: where several fit, the first one counts. */
export const applicationStates = [
  ...troubledStates,
  'drifted',
  'pending',
  'paused',
  'protected',
  'kept',
  'synced',
] as const;

/** State of an application. */
type ApplicationState = (typeof applicationStates)[number];

/** The last change that was tried on an application. */
interface LastChange {
  readonly at: number;
  readonly action: Change['action'];
  readonly outcome: ApplyResult['outcome'];
}

/** What is known of one application. Times are milliseconds since 1970. */
export interface ApplicationStatus {
  readonly name: string;
  readonly id?: string;
  readonly state: ApplicationState;
  /** When it came into this state. */
  readonly since: number;
  /** Reason and remedy; empty when everything is in order. */
  readonly message: string;
  readonly place?: Place;
  readonly guard?: string;
  /** The change that was not made. */
  readonly change?: Change;
  readonly lastChange?: LastChange;
}

type Finding = Omit<ApplicationStatus, 'since' | 'lastChange'>;

/** The applications a pass saw, by name, or by name and id where several have that name; what nobody declares or owns is not among them. */
export function applicationsAfter(
  { plan, results }: PassEnd,
  before: ReadonlyMap<string, ApplicationStatus>,
  at: number,
): ReadonlyMap<string, ApplicationStatus> {
  const all: (Finding | undefined)[] = plan.skips.map(ofSkip);
  const tried = new Map(results.map((result) => [result.change, result]));
  for (const change of plan.changes) {
    const result = tried.get(change);
    all.push(result === undefined ? ofUntried(change) : ofResult(result));
  }
  const found = worstFindings(all.flatMap((one) => one ?? []));
  return new Map([...found].map(([key, finding]) => [key, remember(finding, before.get(key), results, at)]));
}

/** The application of this name or id. */
export function statusOf(
  applications: ReadonlyMap<string, ApplicationStatus>,
  nameOrId: string,
): ApplicationStatus | undefined {
  const wanted = parseApplicationId(nameOrId);
  return [...applications.values()].find(
    ({ name, id }) => name === nameOrId || (wanted !== undefined && id === wanted),
  );
}

/** What counts for each application: by name, and by name and id where several have that name. */
function worstFindings(all: readonly Finding[]): ReadonlyMap<string, Finding> {
  const worst = new Map<string, Finding>();
  for (const [name, named] of groupBy(all, (one) => one.name)) {
    const ids = new Set(named.flatMap(({ id }) => id ?? []));
    for (const finding of named) {
      const key = ids.size < 2 || finding.id === undefined ? name : `${name}\0${finding.id}`;
      const known = worst.get(key);
      if (known === undefined || rank(finding) < rank(known)) worst.set(key, finding);
    }
  }
  return worst;
}

function rank({ state }: Finding): number {
  return applicationStates.indexOf(state);
}

function remember(
  found: Finding,
  before: ApplicationStatus | undefined,
  results: readonly ApplyResult[],
  at: number,
): ApplicationStatus {
  const since = before?.state === found.state ? before.since : at;
  const result = results.find(
    ({ change }) => change.name === found.name && (change.action === 'create' || change.id === found.id),
  );
  const lastChange =
    result === undefined ? before?.lastChange : { at, action: result.change.action, outcome: result.outcome };
  return { ...found, since, ...(lastChange === undefined ? {} : { lastChange }) };
}

const skipStates: Readonly<Record<SkipReason, ApplicationState | undefined>> = {
  unchanged: 'synced',
  normalized: 'synced',
  unproven: 'synced',
  conflict: 'conflict',
  held: 'held',
  paused: 'paused',
  protected: 'protected',
  blocked: 'blocked',
  kept: 'kept',
  undecided: 'undecided',
  waiting: 'pending',
  missing: 'missing',
  unmanaged: undefined,
  'not-selected': undefined,
};

function ofSkip(skip: Skip): Finding | undefined {
  const state = skip.reason === 'kept' && skip.change !== undefined ? keptState(skip.change) : skipStates[skip.reason];
  if (state === undefined) return undefined;
  const { name, id, place, guard, change, message } = skip;
  return {
    name,
    state,
    message,
    ...(id === undefined ? {} : { id }),
    ...(place === undefined ? {} : { place }),
    ...(guard === undefined ? {} : { guard }),
    ...(change === undefined ? {} : { change }),
  };
}

function keptState({ reason }: Change): ApplicationState {
  return reason === 'drift' ? 'drifted' : 'pending';
}

function ofUntried(change: Change): Finding {
  return { ...ofChange(change), state: keptState(change), message: explainReason(change) };
}

function ofResult(result: ApplyResult): Finding | undefined {
  const { change, outcome } = result;
  if (outcome === 'applied') {
    if (change.action === 'delete') return undefined;
    const { name, place } = change;
    return { name, place, id: result.id, state: 'synced', message: '' };
  }
  if (result.outcome === 'skipped' && result.skip !== undefined) {
    return { ...ofChange(change), state: result.skip, message: result.reason };
  }
  const states = { failed: 'failed', unknown: 'undecided', stale: 'pending', skipped: 'pending' } as const;
  return { ...ofChange(change), state: states[result.outcome], message: whyOf(result) };
}

function ofChange(change: Change): Pick<Finding, 'name' | 'id' | 'place' | 'change'> {
  const id = change.action === 'create' ? {} : { id: change.id };
  const place = change.action === 'delete' ? {} : { place: change.place };
  return { name: change.name, change, ...id, ...place };
}

/** Names of the applications that differ from what was last applied although their manifests did not change. */
export function driftedNames({ changes, skips }: Plan): readonly string[] {
  const all = [...changes, ...skips.flatMap(({ change }) => change ?? [])];
  return [...new Set(all.filter(({ reason }) => reason === 'drift').map(({ name }) => name))];
}
