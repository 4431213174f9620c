import type { ApplicationId, LiveState } from '../application/application.ts';
import { isRewound } from '../ledger/applied.ts';
import { nextDecisionAt } from '../ledger/intents.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { outsideOf, sourceStanding } from '../ledger/source-standing.ts';
import { nameMatcher } from '../name-glob.ts';
import { type Absences, absencesOf, looksOf, nextLookAt, settleMsOf, vanishedOf } from './absence.ts';
import { BrokenManifests, isComplete } from './broken-manifests.ts';
import { type Decision, decide, isChange, named } from './decide.ts';
import { notesOf } from './ledger-notes.ts';
import { listingSeen } from './listing-seen.ts';
import { differencesOf } from './live-change.ts';
import { byFoldedName, declaredNames, disputedIds, lookalikeOf } from './lookalike.ts';
import { noticesOf } from './notices.ts';
import { meantIds, type Pairing, pairedId, pairManifests } from './pairing.ts';
import type { AdoptChange, Change, CreateChange, Plan, Skip } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { byReason, inInputOrder, inOrder, previousNames } from './plan-order.ts';
import { proofRecords } from './proof.ts';
import { decideAbsentOrphan, decideOrphan, isGivenUp, type Orphan, type PruneContext } from './prune.ts';
import { isChangeSelected, isEntrySelected, isSelected, isSubset } from './selection.ts';

/** What would make the live state equal to the desired one. No guard has looked at it yet: see guardPlan. */
export function planChanges(unordered: PlanInput): Plan {
  const input = inInputOrder(unordered);
  const { desired, owned, policy } = input;
  const live = visible(input);
  const absences = absencesOf(input);
  const pairings = pairManifests({ manifests: desired.manifests, live, owned, policy, absences });
  const held = new BrokenManifests(desired, owned);
  const orphans = orphansOf(live, owned, pairings);
  const wanted = refuseLookalikes(decideManifests(input, live, absences, pairings, held), { ...input, live }, orphans);
  const disputed = disputedIds(wanted.filter((decided) => !isChange(decided)));
  const pruning = pruneContext(input, held, disputed);
  const facts = { input, absences, pairings, held };
  const left = [...orphans.map((orphan) => decideOrphan(orphan, pruning)), ...absentOrphans(facts)];
  const all = [...wanted, ...left];
  const skips = all.filter((decided) => !isChange(decided));
  const settlesAt = settleTime(facts, skips);
  return {
    root: desired.root,
    outside: outsideOf({ ...input, conclusive: isConclusive(input) }),
    source: desired.source,
    revision: desired.revision.id,
    content: desired.revision.content,
    commit: desired.revision.commit,
    history: desired.history,
    unread: desired.unread,
    enforcedRevision: desired.enforced?.revision,
    serial: owned.serial,
    changes: inOrder(all.filter(isChange)),
    skips: byReason([...skips, ...unmanaged(live, owned, pairings)]),
    guards: [],
    notices: noticesOf({ ...input, live }, pairings),
    problems: desired.problems,
    listing: listingSeen(input.live),
    vanished: vanishedOf(absences, meantByEnabled(facts), input),
    looks: looksOf(absences, input),
    ...(settlesAt === undefined ? {} : { settlesAt }),
    notes: [...planNotes(facts, unchangedIds(wanted), orphans, pruning), ...proofNotes(facts)],
  };
}

/** What several steps of planning look at. */
interface PlanFacts {
  readonly input: PlanInput;
  readonly absences: Absences;
  readonly pairings: readonly Pairing[];
  readonly held: BrokenManifests;
}

/** Outside the account's scope nothing is seen, unless we own it already. */
function visible({ live, owned, policy }: PlanInput): LiveState {
  if (policy.scopeNames.length === 0) return live;
  const inScope = nameMatcher(policy.scopeNames);
  return { ...live, applications: live.applications.filter(({ id, name }) => owned.entries.has(id) || inScope(name)) };
}

function decideManifests(
  input: PlanInput,
  live: LiveState,
  absences: Absences,
  pairings: readonly Pairing[],
  held: BrokenManifests,
): Decision {
  const { overrides, ...facts } = input;
  const context = { ...facts, ...named(pairings, live.applications), absences, healFights: overrides.healFights };
  return pairings.flatMap((pairing) => {
    const skip = held.skipOf(pairing);
    return skip === undefined ? decide(pairing, context) : [skip];
  });
}

function orphansOf(live: LiveState, owned: Ledger, pairings: readonly Pairing[]): readonly Orphan[] {
  const meant = new Set(pairings.map(pairedId));
  return live.applications.flatMap((application) => {
    const entry = owned.entries.get(application.id);
    return entry === undefined || meant.has(application.id) ? [] : [{ entry, application }];
  });
}

/** Owned applications that neither a listing shows nor any manifest means. */
function absentOrphans({ input, absences, pairings, held }: PlanFacts): readonly Skip[] {
  const { owned, selection } = input;
  const meant = spokenIds(pairings);
  const anyLive = hasLive(absences, owned);
  const isSure = isConclusive(input) && sourceStanding(input) === 'current';
  const released = anyLive && isSure && input.policy.onCommit !== 'plan';
  const context = { ...input, anyLive, released };
  return [...absences].flatMap(([id, absence]) => {
    const entry = owned.entries.get(id);
    if (entry === undefined || meant.has(id) || held.hasId(id) || !isEntrySelected(selection, entry)) return [];
    return decideAbsentOrphan(entry, absence, context);
  });
}

/** Whether what no manifest means has surely lost its manifest: all could be read, and the run is about all of them. */
function isConclusive(input: PlanInput): boolean {
  const { desired, live, owned, policy } = input;
  const meant = desired.manifests.length > 0 || policy.allowEmpty;
  return live.stable && live.uncounted !== true && meant && isComplete({ desired, owned }) && !isSubset(input);
}

/** Whether any owned application is live: without one, what is missing may as well be the account. */
function hasLive(absences: Absences, { entries }: Ledger): boolean {
  return absences.size < entries.size;
}

/** Entries that unpaused, readable manifests mean. */
function meantByEnabled({ pairings, held }: PlanFacts): ReadonlySet<ApplicationId> {
  const enabled = pairings.filter(
    (pairing) => pairing.manifest.reconcile === 'enabled' && held.skipOf(pairing) === undefined,
  );
  return new Set(enabled.flatMap((pairing) => (pairing.kind === 'found' ? replacedIds(pairing) : meantIds(pairing))));
}

/** The entry whose application is gone and whose manifest has found another one of its name: the adoption says all there is to say. */
function replacedIds(pairing: Pairing): readonly ApplicationId[] {
  return pairing.kind === 'found' && pairing.missingEntry !== undefined ? [pairing.missingEntry.id] : [];
}

/** Entries that manifests speak for. What an adoption replaces leaves with that adoption and not before it, for a guard may hold it back. */
function spokenIds(pairings: readonly Pairing[]): ReadonlySet<ApplicationId> {
  return new Set([...pairings.flatMap(meantIds), ...pairings.flatMap(replacedIds)]);
}

/** When all that is missing or undecided now can be decided; undefined when nothing of it gets clearer for this run by waiting. */
function settleTime({ input, absences }: PlanFacts, skips: readonly Skip[]): number | undefined {
  const { owned, policy, now, selection } = input;
  const concerned = skips.filter(({ change }) => change === undefined || isChangeSelected(selection, change));
  const looks = concerned.flatMap(({ reason, id }) => {
    const entry = reason === 'missing' && id !== undefined ? owned.entries.get(id) : undefined;
    return entry === undefined ? [] : (nextLookAt(entry, absences.get(entry.id), input) ?? []);
  });
  const undecided = skips.some(({ reason }) => reason === 'undecided');
  const decisions = undecided ? owned.intents.map((intent) => nextDecisionAt(intent, now, settleMsOf(policy))) : [];
  const times = [...looks, ...decisions];
  return times.length === 0 ? undefined : Math.max(...times);
}

function refuseLookalikes(decision: Decision, { desired, live }: PlanInput, orphans: readonly Orphan[]): Decision {
  if (!decision.some(isNewHere)) return decision;
  const context = {
    byFoldedName: byFoldedName(live.applications),
    declared: declaredNames(desired),
    justLost: orphans.filter(({ entry }) => entry.orphaned === undefined),
    leaving: new Set(decision.flatMap((decided) => (isChange(decided) ? previousNames(decided) : []))),
  };
  return decision.map((decided) => (isNewHere(decided) ? (lookalikeOf(decided, context) ?? decided) : decided));
}

/** Whether it makes us own what we did not own before. */
function isNewHere(decided: Change | Skip): decided is CreateChange | AdoptChange {
  return isChange(decided) && (decided.action === 'create' || decided.action === 'adopt');
}

function pruneContext(input: PlanInput, held: BrokenManifests, disputed: ReadonlySet<ApplicationId>): PruneContext {
  const { policy, desired, overrides } = input;
  return {
    moved: sourceStanding(input) === 'moved',
    rewound: isRewound(input),
    policy,
    manifests: desired.manifests,
    owned: input.owned,
    now: input.now,
    allowed: overrides.allowDeletes !== undefined,
    isHeld: (id) => held.hasId(id),
    disputed,
  };
}

function unmanaged(live: LiveState, owned: Ledger, pairings: readonly Pairing[]): readonly Skip[] {
  const meant = new Set(pairings.map(pairedId));
  return live.applications
    .filter(({ id }) => !owned.entries.has(id) && !meant.has(id))
    .map(({ id, name }) => ({ reason: 'unmanaged', name, id, message: '' }));
}

function unchangedIds(decision: Decision): ReadonlySet<ApplicationId> {
  return new Set(
    decision.flatMap((decided) => (decided.reason === 'unchanged' && decided.id !== undefined ? [decided.id] : [])),
  );
}

function planNotes(
  { input, absences, pairings, held }: PlanFacts,
  unchanged: ReadonlySet<ApplicationId>,
  orphans: readonly Orphan[],
  pruning: PruneContext,
): Plan['notes'] {
  const { desired, owned, policy, selection, now } = input;
  const spoken = spokenIds(pairings);
  const gone = hasLive(absences, owned) ? [...absences.keys()].filter((id) => absences.get(id) === 'gone') : [];
  const lasting = orphans.filter(({ entry: { id } }) => !held.hasId(id) && !pruning.disputed.has(id));
  const standing = sourceStanding(input);
  return notesOf({
    owned,
    desired,
    leftBehind: standing === 'moved' ? [...owned.entries.values()].filter(({ id }) => !spoken.has(id)) : undefined,
    policy,
    now,
    paired: pairings.flatMap((pairing) =>
      pairing.kind === 'owned' &&
      isSelected(selection, pairing.manifest, pairing.application.id) &&
      held.skipOf(pairing) === undefined
        ? [pairing]
        : [],
    ),
    unchanged,
    orphans: lasting,
    givenUp: new Set(lasting.filter((orphan) => isGivenUp(orphan, pruning)).map(({ entry }) => entry.id)),
    gone: gone.filter((id) => !spoken.has(id) && !held.hasId(id)),
    names: new Set([
      ...desired.manifests.flatMap(({ name, formerly = [] }) => [name, ...formerly]),
      ...desired.broken.flatMap(({ name }) => name ?? []),
    ]),
    conclusive: isConclusive(input),
  });
}

/** What this reading proves of the fields that were written before. */
function proofNotes({ input, pairings, held }: PlanFacts): Plan['notes'] {
  return pairings.flatMap((pairing) => {
    if (pairing.kind !== 'owned' || held.skipOf(pairing) !== undefined) return [];
    const { manifest, application, entry } = pairing;
    if (entry.normalised.length + entry.unproven.length === 0 || !isSelected(input.selection, manifest, entry.id))
      return [];
    return proofRecords(pairing, differencesOf(manifest, application, input.policy).members, input);
  });
}
