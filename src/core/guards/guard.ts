import { parseApplicationId } from '../application/application.ts';
import { listingMisses } from '../application/listing-doubt.ts';
import { describeMove, sourceStanding } from '../ledger/source-standing.ts';
import type { Vanished } from '../plan/absence.ts';
import { isComplete } from '../plan/broken-manifests.ts';
import type { Change, GuardFinding, GuardId, Plan, Skip } from '../plan/plan.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import { byReason } from '../plan/plan-order.ts';
import type { Policy } from '../plan/policy.ts';
import { isChangeSelected, isSubset, type PausedByPerson, pauseKeysOf, pauseMessage } from '../plan/selection.ts';
import { budgetTime } from '../plan/server-time.ts';
import { plural } from '../plural.ts';
import type { Pointer } from '../pointer.ts';
import {
  adoptionCustodyMessage,
  bringsNoKey,
  type CustodyFacts,
  custodyNotices,
  keyCustodyMessage,
} from './custody.ts';
import { deleteLimit, recentDeletes, updateLimit, vanishLimit } from './limits.ts';

/** All that guards look at beside the plan. */
export interface GuardFacts extends Omit<PlanInput, 'listedAt'>, CustodyFacts {
  /** Names that may be on their way from this account's manifests to another's. */
  readonly movingNames: ReadonlySet<string>;
  readonly paused?: PausedByPerson;
}

/**
 * The plan with everything marked that looks like an accident, or that this run is not about. First the selection, then what the
 * policy leaves alone, then what is paused, then the guards one after another, each over what the ones before it let through.
 */
export function guardPlan(plan: Plan, facts: GuardFacts): Plan {
  const selected = leaveAlone({ ...plan, skips: selectedSkips(plan, facts) }, (change) => notSelected(change, facts));
  const permitted = leaveAlone(selected, (change) => keptByPolicy(change, facts.policy));
  const awake = leaveAlone(permitted, (change) => pausedByPerson(change, facts));
  const guarded = guards.reduce((marked, guard) => block(marked, guard, facts), awake);
  const notices = [...guarded.notices, ...custodyNotices(guarded, facts)];
  // What is noted would begin the ledger.
  const notes = guarded.guards.some(({ guard }) => guard === 'adoption-custody') ? [] : guarded.notes;
  return { ...guarded, notices, notes, skips: byReason(guarded.skips) };
}

interface Guard {
  readonly id: GuardId;
  /** Which changes it is about. */
  readonly idOf: (change: Change, facts: GuardFacts) => boolean;
  /** Why those changes are blocked, with the numbers; undefined allows this. */
  readonly blocks: (changes: readonly Change[], facts: GuardFacts, plan: Plan) => string | undefined;
}

const isDelete = (change: Change) => change.action === 'delete';
const isCreate = (change: Change) => change.action === 'create';
/** Something in the place of an application that is gone: made again with a new id, or another one of its name taken over. */
const isRecreate = (change: Change) => 'replaces' in change && change.replaces !== undefined;

/** In this order: certainty about the world first, then what single changes need, then numbers over all that is left. */
const guards: readonly Guard[] = [
  {
    id: 'unstable',
    idOf: (change, { live }) => isDelete(change) || (!live.stable && change.action !== 'update'),
    blocks: (_changes, { live }) => listingMisses(live),
  },
  {
    id: 'subset',
    idOf: isDelete,
    blocks: (_changes, facts) => {
      if (!isSubset(facts)) return undefined;
      return sourceStanding(facts) === 'other' ? describeMove(facts) : 'a partial run never deletes';
    },
  },
  {
    id: 'incomplete',
    idOf: isDelete,
    blocks: (_changes, facts) =>
      isComplete(facts) ? undefined : 'some manifests cannot be read, so no manifest counts as removed: fix them first',
  },
  {
    id: 'empty',
    idOf: isDelete,
    blocks: (_changes, { desired, policy }) =>
      desired.manifests.length > 0 || policy.allowEmpty
        ? undefined
        : 'there are no manifests, which looks like a wrong directory or an empty checkout; set "allowEmpty: true" if this is intended',
  },
  {
    id: 'moved',
    idOf: (change, { movingNames }) => isDelete(change) && movingNames.has(change.name),
    blocks: () =>
      "the name is new in another account's manifests: it is deleted here once that account's ledger has it",
  },
  {
    id: 'adoption-loss',
    idOf: (change, { overrides }) => lossesOf(change).length > 0 && !isNamedIn(overrides.allowRemovals, change),
    blocks: (changes) => {
      const losses = changes.flatMap((change) => lossesOf(change).map((loss) => `"${change.name}" ${loss}`));
      return `adopting would remove what the manifest does not declare: ${losses.join(', ')}. Declare it, set "undeclaredCapabilities: keep", or pass --allow-removals NAME`;
    },
  },
  {
    id: 'keys-required',
    idOf: (change, { policy }) => bringsNoKey(change) && policy.keysMode === 'required',
    blocks: () => 'keys.mode is required: add spec.keys.public_key or spec.keys.public_key_file',
  },
  {
    id: 'key-custody',
    idOf: (change, { keyCustody }) => bringsNoKey(change) && keyCustody === 'unsafe',
    blocks: () => keyCustodyMessage,
  },
  {
    id: 'adoption-custody',
    idOf: (_change, { adoptionCustody }) => adoptionCustody === 'unsafe',
    blocks: (_changes, facts, plan) => adoptionCustodyMessage(plan, facts),
  },
  {
    id: 'vanished',
    idOf: isRecreate,
    blocks: (recreates, { owned, overrides }, { vanished }) => {
      const { missing, meant, live } = vanished;
      const limit = vanishLimit(owned.entries.size);
      const looksWrong = missing > limit || (missing > 0 && (missing === meant || live === 0));
      if (!looksWrong || recreates.length <= (overrides.allowCreates ?? 0)) return undefined;
      return `${whatVanished(vanished, limit)}, which looks like a wrong account or an outage; ${howToCreateAgain(recreates.length, vanished)}`;
    },
  },
  {
    id: 'vanished',
    idOf: (change) => isCreate(change) && !isRecreate(change),
    blocks: (creates, { overrides }, { vanished: { known, live } }) => {
      if (known === 0 || live > 0 || known <= (overrides.allowCreates ?? 0)) return undefined;
      const away = known === 1 ? 'the only managed application is not' : `none of the ${known} managed applications is`;
      return `${away} listed, which looks like a wrong account or an outage: ${plural(creates.length, 'new application waits', 'new applications wait')}; --allow-creates ${known} allows this`;
    },
  },
  {
    id: 'updates-max',
    idOf: ({ action, reason }) => action === 'update' && reason !== 'not kept', // the write it repeats was let through
    blocks: (updates, { owned, policy, overrides }) => {
      const limit = overrides.allowUpdates ?? updateLimit(owned.entries.size, policy);
      if (updates.length <= limit) return undefined;
      return `${updates.length} of ${plural(owned.entries.size, 'owned application')} would be updated (allowed: ${limit}), which looks like a wrong branch; --allow-updates ${updates.length} allows this`;
    },
  },
  {
    id: 'deletes-max',
    idOf: isDelete,
    blocks: (deletes, { owned, policy, overrides }) => {
      const limit = overrides.allowDeletes ?? deleteLimit(owned.entries.size, policy);
      if (deletes.length <= limit) return undefined;
      const numbers =
        overrides.allowDeletes === undefined
          ? ` (deletes.max ${policy.deletes.max}, deletes.maxPercent ${policy.deletes.maxPercent})`
          : '';
      return `${deletes.length} of ${plural(owned.entries.size, 'owned application')} would be deleted (allowed: ${limit}${numbers}); --allow-deletes ${deletes.length} allows this`;
    },
  },
  {
    id: 'deletes-per-24h',
    idOf: isDelete,
    blocks: (deletes, { live, owned, policy, overrides, now }) => {
      const recent = recentDeletes(owned, budgetTime(live, now), deletes);
      if (overrides.allowDeletes !== undefined || recent + deletes.length <= policy.deletes.per24h) return undefined;
      return `${plural(recent, 'delete')} in the last 24 hours and ${deletes.length} now exceed deletes.per24h ${policy.deletes.per24h}; --allow-deletes ${deletes.length} allows this`;
    },
  },
];

function whatVanished({ missing, meant, live }: Vanished, limit: number): string {
  if (missing === meant)
    return meant === 1 ? 'the only managed application is missing' : `all ${meant} managed applications are missing`;
  const allowed = live === 0 ? 'none if no other application is live' : `${limit}`;
  return `${missing} of ${meant} managed applications are missing (allowed: ${allowed})`;
}

/** Names a number that is enough: it has those asked for, too, of which nothing is known yet. */
function howToCreateAgain(gone: number, { unconfirmed }: Vanished): string {
  if (unconfirmed === 0) return `--allow-creates ${gone} creates them again, with new ids`;
  const more = `${plural(unconfirmed, 'more is', 'more are')} not listed`;
  return `${more}; --allow-creates ${gone + unconfirmed} checks each of them and creates the missing ones again, with new ids`;
}

function isNamedIn(namesOrIds: readonly string[], change: Change): boolean {
  return namesOrIds.some((one) => pauseKeysOf(change).includes(parseApplicationId(one) ?? one));
}

function lossesOf(change: Change): readonly Pointer[] {
  return change.action === 'adopt' ? change.losses : [];
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
  return policy.onCommit === 'apply'
    ? undefined
    : { reason: 'kept', message: 'onCommit is plan: changes are planned, not applied' };
}

function leaveAlone(plan: Plan, why: (change: Change) => Omit<Skip, 'name'> | undefined): Plan {
  const skips: Skip[] = [];
  const changes = plan.changes.filter((change) => {
    const reason = why(change);
    if (reason !== undefined) skips.push({ ...idOf(change), ...reason, change });
    return reason === undefined;
  });
  return skips.length === 0 ? plan : { ...plan, changes, skips: [...plan.skips, ...skips] };
}

function block(plan: Plan, guard: Guard, facts: GuardFacts): Plan {
  const concerned = plan.changes.filter((change) => guard.idOf(change, facts));
  const message = concerned.length === 0 ? undefined : guard.blocks(concerned, facts, plan);
  if (message === undefined) return plan;
  const skip = { reason: 'blocked', guard: guard.id, message } as const;
  const blocked = leaveAlone(plan, (change) => (guard.idOf(change, facts) ? skip : undefined));
  const finding: GuardFinding = { guard: guard.id, message, blocked: concerned.length };
  return { ...blocked, guards: [...plan.guards, finding] };
}

/** How a change that is left alone is named. */
export function idOf(change: Change): Pick<Skip, 'name' | 'id' | 'place'> {
  if (change.action === 'create') return { name: change.name, place: change.place };
  if (change.action === 'delete') return { name: change.name, id: change.id };
  return { name: change.name, id: change.id, place: change.place };
}
