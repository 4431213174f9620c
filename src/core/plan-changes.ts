import type { ApplicationId, LiveState } from './application.ts';
import { type Decision, decide, hasForeignKey, isChange, named } from './decide.ts';
import { hashJson } from './hash.ts';
import { Held, hasEmptiedFiles } from './held.ts';
import type { Ledger } from './ledger.ts';
import { byFoldedName, contestedIds, lookalikeOf } from './lookalike.ts';
import type { DesiredState } from './manifest/manifest.ts';
import { nameMatcher } from './name-glob.ts';
import { notesOf } from './notes.ts';
import { type Pairing, pairedId, pairManifests } from './pairing.ts';
import type { AdoptChange, Change, CreateChange, ListingSeen, Notice, Plan, Skip } from './plan.ts';
import type { Overrides, Policy, Selection } from './policy.ts';
import { decideOrphan, isGivenUp, type Orphan, type PruneContext } from './prune.ts';
import { isSelected, isSubset } from './selection.ts';

/** All a plan depends on. */
export interface PlanInput {
  readonly desired: DesiredState;
  readonly live: LiveState;
  readonly owned: Ledger;
  readonly policy: Policy;
  readonly selection: Selection;
  readonly overrides: Overrides;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What would make the live state equal to the desired one. No guard has looked at it yet: see guardPlan. */
export function planChanges(unordered: PlanInput): Plan {
  const input = inInputOrder(unordered);
  const { desired, owned } = input;
  const live = visible(input);
  const pairings = pairManifests({ manifests: desired.manifests, live, owned, policy: input.policy });
  const held = new Held(desired, owned);
  const orphans = orphansOf(live, owned, pairings);
  const wanted = refuseLookalikes(decideManifests(input, live, pairings, held), live, orphans);
  const contested = contestedIds(wanted.filter((decided) => !isChange(decided)));
  const pruning = pruneContext(input, held, contested);
  const pruned = orphans.map((orphan) => decideOrphan(orphan, pruning));
  const all = [...wanted, ...pruned];
  return {
    root: desired.root,
    revision: desired.revision,
    serial: owned.serial,
    changes: inOrder(all.filter(isChange)),
    skips: byReason([...all.filter((decided) => !isChange(decided)), ...unmanaged(live, owned, pairings)]),
    guards: [],
    notices: noticesOf(input, pairings),
    problems: desired.problems,
    listing: listingSeen(input.live),
    notes: planNotes(input, pairings, unchangedIds(wanted), orphans, held, pruning),
  };
}

/** The plan must not depend on the order in which files are read or pages arrive. */
function inInputOrder(input: PlanInput): PlanInput {
  const { desired, live, owned } = input;
  return {
    ...input,
    desired: { ...desired, manifests: desired.manifests.toSorted(compareNamed) },
    live: {
      ...live,
      applications: live.applications.toSorted(compareNamed),
      missing: new Set([...live.missing].toSorted(compareTexts)),
    },
    owned: {
      ...owned,
      entries: new Map([...owned.entries].toSorted(([one], [other]) => compareTexts(one, other))),
      intents: owned.intents.toSorted((one, other) => compareTexts(one.fingerprint, other.fingerprint)),
    },
  };
}

/** Outside the account's scope nothing is seen, unless we own it already. */
function visible({ live, owned, policy }: PlanInput): LiveState {
  if (policy.scopeNames.length === 0) return live;
  const inScope = nameMatcher(policy.scopeNames);
  return { ...live, applications: live.applications.filter(({ id, name }) => owned.entries.has(id) || inScope(name)) };
}

function decideManifests(input: PlanInput, live: LiveState, pairings: readonly Pairing[], held: Held): Decision {
  const { overrides, ...facts } = input;
  const context = { ...facts, ...named(pairings, live.applications), healFights: overrides.healFights };
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

function refuseLookalikes(decision: Decision, live: LiveState, orphans: readonly Orphan[]): Decision {
  if (!decision.some(isNewHere)) return decision;
  const context = {
    byFoldedName: byFoldedName(live.applications),
    justLost: orphans.filter(({ entry }) => entry.orphaned === undefined),
    leaving: new Set(decision.flatMap((decided) => (isChange(decided) ? previousNames(decided) : []))),
  };
  return decision.map((decided) => (isNewHere(decided) ? (lookalikeOf(decided, context) ?? decided) : decided));
}

/** Whether it makes us own what we did not own before. */
function isNewHere(decided: Change | Skip): decided is CreateChange | AdoptChange {
  return isChange(decided) && (decided.action === 'create' || decided.action === 'adopt');
}

function previousNames(change: Change): readonly string[] {
  return 'previousName' in change && change.previousName !== undefined ? [change.previousName] : [];
}

function pruneContext(
  { policy, desired, overrides }: PlanInput,
  held: Held,
  contested: ReadonlySet<ApplicationId>,
): PruneContext {
  return {
    policy,
    manifests: desired.manifests,
    allowed: overrides.allowDeletes !== undefined,
    isHeld: (id) => held.hasId(id),
    contested,
  };
}

function unmanaged(live: LiveState, owned: Ledger, pairings: readonly Pairing[]): readonly Skip[] {
  const meant = new Set(pairings.map(pairedId));
  return live.applications
    .filter(({ id }) => !owned.entries.has(id) && !meant.has(id))
    .map(({ id, name }) => ({ reason: 'unmanaged', name, id, message: '' }));
}

function noticesOf({ desired, live, owned }: PlanInput, pairings: readonly Pairing[]): readonly Notice[] {
  const notices: Notice[] = [];
  if (!owned.known) notices.push({ kind: 'no-ledger', message: 'no ledger: ownership and deletes unknown' });
  if (!live.stable) {
    const message = 'the listing changed while it was read: only pinned and owned applications are updated';
    notices.push({ kind: 'unstable-listing', message });
  }
  if (!isComplete({ desired, owned })) {
    const message = 'some manifests cannot be read: their applications are held and nothing is deleted';
    notices.push({ kind: 'incomplete', message });
  }
  const foreign = pairings.filter(
    (pairing) => pairing.kind === 'owned' && hasForeignKey(pairing.manifest, pairing.application, pairing.entry),
  );
  for (const { manifest } of foreign) {
    const message = `the live public key of "${manifest.name}" is not the one whose private key is in the key folder: rotate-key makes a new pair`;
    notices.push({ kind: 'key-mismatch', message, name: manifest.name });
  }
  return notices;
}

/** Whether every manifest could be read and no file that held one is empty now. */
export function isComplete({ desired, owned }: Pick<PlanInput, 'desired' | 'owned'>): boolean {
  return desired.complete && !hasEmptiedFiles(desired, owned);
}

function unchangedIds(decision: Decision): ReadonlySet<ApplicationId> {
  return new Set(
    decision.flatMap((decided) => (decided.reason === 'unchanged' && decided.id !== undefined ? [decided.id] : [])),
  );
}

function planNotes(
  input: PlanInput,
  pairings: readonly Pairing[],
  unchanged: ReadonlySet<ApplicationId>,
  orphans: readonly Orphan[],
  held: Held,
  pruning: PruneContext,
): Plan['notes'] {
  const { desired, live, owned, policy, selection, now } = input;
  const spoken = pairings.flatMap((pairing) =>
    pairing.kind === 'none' ? (pairing.lost?.id ?? []) : (pairing.manifest.id ?? pairedId(pairing) ?? []),
  );
  const gone = [...live.missing].filter((id) => owned.entries.has(id));
  const lasting = orphans.filter(({ entry: { id } }) => !held.hasId(id) && !pruning.contested.has(id));
  return notesOf({
    owned,
    revision: desired.revision,
    policy,
    now,
    paired: pairings.flatMap((pairing) =>
      pairing.kind === 'owned' && isSelected(selection, pairing.manifest) && held.skipOf(pairing) === undefined
        ? [pairing]
        : [],
    ),
    unchanged,
    orphans: lasting,
    givenUp: new Set(lasting.filter((orphan) => isGivenUp(orphan, pruning)).map(({ entry }) => entry.id)),
    gone: gone.filter((id) => !spoken.includes(id) && !held.hasId(id)),
    names: new Set([
      ...desired.manifests.flatMap(({ name, formerly = [] }) => [name, ...formerly]),
      ...desired.broken.flatMap(({ name }) => name ?? []),
    ]),
    conclusive:
      live.stable &&
      isComplete(input) &&
      !isSubset(selection, desired, owned) &&
      (desired.manifests.length > 0 || policy.allowEmpty) &&
      gone.length <= vanishLimit(owned.entries.size),
  });
}

/** What to remember of a listing: how many applications, and a hash of their ids in order. */
export function listingSeen({ applications }: LiveState): ListingSeen {
  return { count: applications.length, hash: hashJson(applications.map(({ id }) => id).toSorted(compareTexts)) };
}

/** How many owned applications may be gone before it looks like another account or an outage rather than like deletes. */
export function vanishLimit(owned: number): number {
  return Math.max(3, Math.floor(owned / 10));
}

const phases: Readonly<Record<Change['action'], number>> = { adopt: 1, create: 2, update: 3, delete: 4 };

/** Renames first, so that the names they leave are free; deletes last. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  const phase = (change: Change) => (previousNames(change).length > 0 ? 0 : phases[change.action]);
  return changes.toSorted((one, other) => phase(one) - phase(other) || compareNamed(one, other));
}

/** By reason, then name. */
export function byReason(skips: readonly Skip[]): readonly Skip[] {
  return skips.toSorted((one, other) => compareTexts(one.reason, other.reason) || compareNamed(one, other));
}

interface Named {
  readonly name: string;
  readonly id?: ApplicationId;
}

function compareNamed(one: Named, other: Named): number {
  return compareTexts(one.name, other.name) || compareTexts(idOf(one), idOf(other));
}

function idOf({ id }: Named): string {
  return id ?? '';
}

/** By code units: the order must not depend on the machine's language. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
