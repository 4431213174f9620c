import { listingMisses } from '../application/listing-doubt.ts';
import { keyOfCreate, type SharedFile, sharedFileMessage } from '../deliveries/shared-files.ts';
import { inUseMessage, isInUse } from '../in-use/in-use.ts';
import type { NumbersReading } from '../in-use/numbers-reading.ts';
import { describeRewind } from '../ledger/applied.ts';
import { describeMove, sourceStanding } from '../ledger/source-standing.ts';
import type { Vanished } from '../plan/absence.ts';
import { isComplete } from '../plan/broken-manifests.ts';
import type { Change, GuardId, Plan } from '../plan/plan.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import { isNamedIn, isSubset, type PausedByPerson } from '../plan/selection.ts';
import { budgetTime } from '../plan/server-time.ts';
import { plural } from '../plural.ts';
import type { Pointer } from '../pointer.ts';
import { adoptionCustodyMessage, bringsNoKey, type CustodyFacts, keyCustodyMessage } from './custody.ts';
import { deleteLimit, recentDeletes, updateLimit, vanishLimit } from './limits.ts';

/** All that guards look at beside the plan. */
export interface GuardFacts extends Omit<PlanInput, 'listedAt'>, CustodyFacts {
  /** Names that may be on their way from this account's manifests to another's. */
  readonly movingNames: ReadonlySet<string>;
  readonly paused?: PausedByPerson;
  /** Whether a person has approved this very plan: then nothing waits. */
  readonly approved?: boolean;
  /** Of the account's phone numbers; absent where nobody asked. */
  readonly numbers?: NumbersReading | undefined;
  /** Files that the keys of several applications would be delivered to, by fingerprint; absent where no key is delivered. */
  readonly sharedKeyFiles?: ReadonlyMap<string, SharedFile>;
}

/** One rule about what looks like an accident. */
export interface Guard {
  readonly id: GuardId;
  /** Whether a person can let through what it blocks, by a number or names. */
  readonly overridable?: true;
  /** Which changes it is about. */
  readonly appliesTo: (change: Change, facts: GuardFacts) => boolean;
  /** Why those changes are blocked, with the numbers; undefined allows this. */
  readonly blocks: (changes: readonly Change[], facts: GuardFacts, plan: Plan) => string | undefined;
}

const isDelete = (change: Change) => change.action === 'delete';
const isCreate = (change: Change) => change.action === 'create';
/** Something in the place of an application that is gone: made again with a new id, or another one of its name taken over. */
const isRecreate = (change: Change) => 'replaces' in change && change.replaces !== undefined;

/**
 * In this order: certainty about the world first, then what single changes need, then numbers over all that is left; last what has to be
 * asked for.
 */
export const guards: readonly Guard[] = [
  {
    id: 'unstable',
    appliesTo: (change, { live }) => isDelete(change) || (!live.stable && change.action !== 'update'),
    blocks: (_changes, { live }) => listingMisses(live),
  },
  {
    id: 'subset',
    appliesTo: isDelete,
    blocks: (_changes, facts) => {
      if (!isSubset(facts)) return undefined;
      return sourceStanding(facts) === 'other' ? describeMove(facts) : 'a partial run never deletes';
    },
  },
  {
    id: 'incomplete',
    appliesTo: isDelete,
    blocks: (_changes, facts) =>
      isComplete(facts) ? undefined : 'some manifests cannot be read, so no manifest counts as removed: fix them first',
  },
  {
    id: 'empty',
    appliesTo: isDelete,
    blocks: (_changes, { desired, policy }) =>
      desired.manifests.length > 0 || policy.allowEmpty
        ? undefined
        : 'there are no manifests, which looks like a wrong directory or an empty checkout; set "allowEmpty: true" if this is intended',
  },
  {
    id: 'rewound',
    overridable: true,
    appliesTo: isDelete,
    blocks: (deletes, facts) => {
      const why = describeRewind(facts);
      if (why === undefined || facts.overrides.allowDeletes !== undefined) return undefined;
      return `${why}; --allow-deletes ${deletes.length} allows this`;
    },
  },
  {
    id: 'moved',
    appliesTo: (change, { movingNames }) => isDelete(change) && movingNames.has(change.name),
    blocks: () =>
      "the name is new in another account's manifests: it is deleted here once that account's ledger has it",
  },
  {
    id: 'adoption-loss',
    overridable: true,
    appliesTo: (change, { overrides }) => lossesOf(change).length > 0 && !isNamedIn(overrides.allowRemovals, change),
    blocks: (changes) => {
      const losses = changes.flatMap((change) => lossesOf(change).map((loss) => `"${change.name}" ${loss}`));
      return `adopting would remove what the manifest does not declare: ${losses.join(', ')}. Declare it, set "undeclaredCapabilities: keep", or pass --allow-removals NAME`;
    },
  },
  {
    id: 'keys-required',
    appliesTo: (change, { policy }) => bringsNoKey(change) && policy.keysMode === 'required',
    blocks: () => 'keys.mode is required: add spec.keys.public_key or spec.keys.public_key_file',
  },
  {
    id: 'key-custody',
    appliesTo: (change, { keyCustody }) => bringsNoKey(change) && keyCustody === 'unsafe',
    blocks: () => keyCustodyMessage,
  },
  {
    id: 'key-delivery',
    appliesTo: (change, facts) => sharedFileOf(change, facts) !== undefined,
    blocks: (changes, facts) => {
      const shared = changes.map((change) => sharedFileOf(change, facts)).filter((file) => file !== undefined);
      return [...new Set(shared.map(sharedFileMessage))].join('; ');
    },
  },
  {
    id: 'adoption-custody',
    appliesTo: (_change, { adoptionCustody }) => adoptionCustody === 'unsafe',
    blocks: (_changes, facts, plan) => adoptionCustodyMessage(plan, facts),
  },
  {
    id: 'vanished',
    overridable: true,
    appliesTo: isRecreate,
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
    overridable: true,
    appliesTo: (change) => isCreate(change) && !isRecreate(change),
    blocks: (creates, { overrides }, { vanished: { known, live } }) => {
      if (known === 0 || live > 0 || known <= (overrides.allowCreates ?? 0)) return undefined;
      const away = known === 1 ? 'the only managed application is not' : `none of the ${known} managed applications is`;
      return `${away} listed, which looks like a wrong account or an outage: ${plural(creates.length, 'new application waits', 'new applications wait')}; --allow-creates ${known} allows this`;
    },
  },
  {
    id: 'updates-max',
    overridable: true,
    appliesTo: ({ action, reason }) => action === 'update' && reason !== 'not kept', // the write it repeats was let through
    blocks: (updates, { owned, policy, overrides }) => {
      const limit = overrides.allowUpdates ?? updateLimit(owned.entries.size, policy);
      if (updates.length <= limit) return undefined;
      return `${updates.length} of ${plural(owned.entries.size, 'owned application')} would be updated (allowed: ${limit}), which looks like a wrong branch; --allow-updates ${updates.length} allows this`;
    },
  },
  {
    id: 'deletes-max',
    overridable: true,
    appliesTo: isDelete,
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
    overridable: true,
    appliesTo: isDelete,
    blocks: (deletes, { live, owned, policy, overrides, now }) => {
      const recent = recentDeletes(owned, budgetTime(live, now), deletes);
      if (overrides.allowDeletes !== undefined || recent + deletes.length <= policy.deletes.per24h) return undefined;
      return `${plural(recent, 'delete')} in the last 24 hours and ${deletes.length} now exceed deletes.per24h ${policy.deletes.per24h}; --allow-deletes ${deletes.length} allows this`;
    },
  },
  {
    id: 'in-use',
    overridable: true,
    appliesTo: (change, facts) => isInUse(change, facts) && !isNamedIn(facts.overrides.allowLinked ?? [], change),
    blocks: inUseMessage,
  },
];

/** The guards that a person can let changes through. */
export const overridable: ReadonlySet<GuardId> = new Set(
  guards.flatMap((guard) => (guard.overridable ? [guard.id] : [])),
);

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

/** The file that the key of a new or a renamed application would share with that of another one. */
function sharedFileOf(change: Change, { sharedKeyFiles, owned }: GuardFacts): SharedFile | undefined {
  if (sharedKeyFiles === undefined) return undefined;
  if (change.action === 'create')
    return bringsNoKey(change) ? sharedKeyFiles.get(keyOfCreate(change).fingerprint) : undefined;
  if (change.action !== 'update' || change.previousName === undefined) return undefined;
  return sharedKeyFiles.get(owned.entries.get(change.id)?.keyFingerprint ?? '');
}

function lossesOf(change: Change): readonly Pointer[] {
  return change.action === 'adopt' ? change.losses : [];
}
