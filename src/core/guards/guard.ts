import { type Change, type GuardFinding, isRepair, type Plan, type Skip } from '../plan/plan.ts';
import { byReason, inOrder } from '../plan/plan-order.ts';
import type { Policy } from '../plan/policy.ts';
import { isChangeSelected, pauseMessage } from '../plan/selection.ts';
import { custodyNotices } from './custody.ts';
import { type Guard, type GuardFacts, guards } from './guards.ts';

/**
 * The plan with everything marked that looks like an accident, or that this run is not about. First the selection, then what the
 * policy leaves alone, then what is paused, then the guards one after another, each over what the ones before it let through.
 */
export function guardPlan(plan: Plan, facts: GuardFacts): Plan {
  const selected = leaveAlone({ ...plan, skips: selectedSkips(plan, facts) }, (change) => notSelected(change, facts));
  const permitted = leaveAlone(selected, (change) => keptByPolicy(change, facts.policy));
  const awake = leaveAlone(permitted, (change) => pausedByPerson(change, facts));
  const guarded = facts.policy.onCommit === 'ask' ? guardApart(awake, facts) : throughGuards(awake, facts);
  const notices = [...guarded.notices, ...custodyNotices(guarded, facts)];
  return { ...guarded, notices, notes: notesOf(guarded), skips: byReason(guarded.skips) };
}

/** What may be recorded: no ledger is begun by it, and a source is not said to be applied while changes of it wait. */
function notesOf({ guards: found, skips, notes }: Plan): Plan['notes'] {
  if (found.some(({ guard }) => guard === 'adoption-custody')) return [];
  return skips.some(({ reason }) => reason === 'waiting') ? notes.filter(({ kind }) => kind !== 'source') : notes;
}

function notSelected(change: Change, { selection }: GuardFacts): Omit<Skip, 'name'> | undefined {
  return isChangeSelected(selection, change)
    ? undefined
    : { reason: 'not-selected', message: 'outside the selection of this run' };
}

/** What is missing and would have to be created again is this run's matter only if its manifest is. */
function selectedSkips({ skips }: Plan, facts: GuardFacts): readonly Skip[] {
  return skips.map((skip) => {
    if (skip.reason !== 'missing' || skip.change === undefined) return skip;
    const other = notSelected(skip.change, facts);
    return other === undefined ? skip : { ...skip, ...other };
  });
}

/** A pause of the run itself, in contrast to one the manifest declares: nothing of it is recorded. */
function pausedByPerson(change: Change, { paused }: GuardFacts): Omit<Skip, 'name'> | undefined {
  const message = paused && pauseMessage(change, paused);
  return message === undefined ? undefined : { reason: 'paused', message, heldBack: true };
}

function keptByPolicy(change: Change, policy: Policy): Omit<Skip, 'name'> | undefined {
  const writes = change.members.length > 0 && (change.action === 'update' || change.action === 'adopt');
  if (policy.policy === 'create-only' && writes)
    return { reason: 'kept', message: 'policy create-only never changes existing applications' };
  if (change.reason === 'drift') {
    return policy.onDrift === 'heal'
      ? undefined
      : { reason: 'kept', message: 'onDrift is report: drift is reported, not healed' };
  }
  return policy.onCommit !== 'plan'
    ? undefined
    : { reason: 'kept', message: 'onCommit is plan: changes are planned, not applied' };
}

function leaveAlone(plan: Plan, why: (change: Change) => Omit<Skip, 'name'> | undefined): Plan {
  const skips: Skip[] = [];
  const changes = plan.changes.filter((change) => {
    const reason = why(change);
    if (reason !== undefined) skips.push({ ...identityOf(change), ...reason, change });
    return reason === undefined;
  });
  return skips.length === 0 ? plan : { ...plan, changes, skips: [...plan.skips, ...skips] };
}

function throughGuards(plan: Plan, facts: GuardFacts): Plan {
  return guards.reduce((marked, guard) => block(marked, guard, facts), plan);
}

/**
 * Where a person is asked first, what comes from manifests waits, all of it together, as far as no guard blocks it. Repairs go on
 * meanwhile, and count apart: they are made before that person has answered, so that they must not change what is asked.
 */
function guardApart(plan: Plan, facts: GuardFacts): Plan {
  const repairs = throughGuards({ ...plan, changes: plan.changes.filter(isRepair), skips: [] }, facts);
  const asked = throughGuards({ ...plan, changes: plan.changes.filter((change) => !isRepair(change)) }, facts);
  const told = facts.approved === true ? asked : leaveAlone(asked, () => waits);
  return {
    ...plan,
    changes: inOrder([...told.changes, ...repairs.changes]),
    skips: [...told.skips, ...repairs.skips],
    guards: [...told.guards, ...repairs.guards],
  };
}

const waits = { reason: 'waiting', message: 'waits for approval' } as const;

function block(plan: Plan, guard: Guard, facts: GuardFacts): Plan {
  const concerned = plan.changes.filter((change) => guard.appliesTo(change, facts));
  const message = concerned.length === 0 ? undefined : guard.blocks(concerned, facts, plan);
  if (message === undefined) return plan;
  const skip = { reason: 'blocked', guard: guard.id, message } as const;
  const blocked = leaveAlone(plan, (change) => (guard.appliesTo(change, facts) ? skip : undefined));
  const finding: GuardFinding = { guard: guard.id, message, blocked: concerned.length };
  return { ...blocked, guards: [...plan.guards, finding] };
}

/** How a change that is left alone is named. */
export function identityOf(change: Change): Pick<Skip, 'name' | 'id' | 'place'> {
  if (change.action === 'create') return { name: change.name, place: change.place };
  if (change.action === 'delete') return { name: change.name, id: change.id };
  return { name: change.name, id: change.id, place: change.place };
}
