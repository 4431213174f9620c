import type { Application, ApplicationId, LiveState } from '../application/application.ts';
import { canonical } from '../application/canonical.ts';
import { diff } from '../application/diff.ts';
import { oddField, oddMessage } from '../application/odd-field.ts';
import { overlay, overlayLosses } from '../application/overlay.ts';
import { spelledOut } from '../application/spelled-out.ts';
import { foldName } from '../fold-name.ts';
import { groupBy } from '../group-by.ts';
import { objectMember } from '../json.ts';
import { intentsFor, isUndecided } from '../ledger/intents.ts';
import type { Intent, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { shownMembers } from '../redact/shown-members.ts';
import { type Absences, missingMessage } from './absence.ts';
import { decideUpdate } from './decide-update.ts';
import { changeOfLive, differencesOf, pausedSkip } from './live-change.ts';
import type { FoundVia, Pairing } from './pairing.ts';
import type { AdoptChange, Change, ChangeReason, CreateChange, Skip } from './plan.ts';
import type { Policy } from './policy.ts';

/** What is decided for one manifest: at most one change, and what is left alone beside it. */
export type Decision = readonly (Change | Skip)[];

/** What decisions look at beside the manifest and its application. */
export interface DecisionContext {
  readonly owned: Ledger;
  readonly live: LiveState;
  readonly absences: Absences;
  /** Live applications that have this name, as people read names. */
  readonly namesakes: (name: string) => readonly ApplicationId[];
  readonly policy: Policy;
  /** When the listing began, in milliseconds since 1970. */
  readonly now: number;
  /** When it ended. */
  readonly listedAt: number;
  readonly healFights: boolean;
  /** Names of all manifests. */
  readonly names: ReadonlySet<string>;
}

/** The change a pairing asks for. */
export function decide(pairing: Pairing, context: DecisionContext): Decision {
  if ('application' in pairing) {
    const odd = oddField(pairing.application.body);
    if (odd !== undefined) return [oddSkip(pairing, odd)];
  }
  switch (pairing.kind) {
    case 'conflict':
      return [conflict(pairing.manifest, pairing.message, pairing.candidates)];
    case 'none':
      return decideCreate(pairing.manifest, pairing.missingEntry, context);
    case 'missing':
      return decideMissing(pairing, context);
    case 'found':
      return decideAdopt(pairing, context);
    case 'owned':
      return decideUpdate(pairing, context);
  }
}

function oddSkip({ manifest, application }: Pairing & { readonly application: Application }, odd: string): Skip {
  return { reason: 'held', name: manifest.name, id: application.id, place: manifest.place, message: oddMessage(odd) };
}

/** Whether a decision's member is a change. */
export function isChange(decided: Change | Skip): decided is Change {
  return 'action' in decided;
}

/** A manifest that only a person can decide about. */
export function conflict(manifest: Manifest, message: string, candidates: Skip['candidates'] = []): Skip {
  return { reason: 'conflict', name: manifest.name, place: manifest.place, message, candidates };
}

function decideCreate(manifest: Manifest, lost: LedgerEntry | undefined, context: DecisionContext): Decision {
  const { owned, policy, now } = context;
  if (manifest.reconcile === 'paused') return [pausedSkip(manifest, undefined)];
  const namesTakenByOthers = (manifest.formerly ?? []).filter((name) => context.names.has(name));
  const names = [manifest.name, ...(manifest.formerly ?? [])];
  const intents = intentsFor(owned, names);
  const isOpen = (intent: Intent) => isUndecided(intent, now, policy.creates.settleSeconds * 1000);
  // A private key that outlived its ledger may be that of any manifest's application, which the listing does not show yet.
  if ([...intents, ...owned.intents.filter(({ name }) => name === undefined)].some(isOpen)) {
    const message =
      'a create was sent and its result is not known yet; it is resolved once the application must be listed';
    return [{ reason: 'undecided', name: manifest.name, place: manifest.place, message }];
  }
  const body = overlay(manifest, undefined, policy);
  const { members, unchanged } = diff({}, canonical(body));
  const isTheirs = (name: string | undefined) => name !== undefined && namesTakenByOthers.includes(name);
  const intent = intents.find(({ name }) => !isTheirs(name));
  const replaced = isTheirs(lost?.name) ? undefined : lost;
  const spare = owned.retired.find((key) => key.reason === 'refused' && key.name === manifest.name);
  const held = replaced?.keyGenerated === true ? replaced.keyFingerprint : spare?.fingerprint;
  const change: CreateChange = {
    action: 'create',
    name: manifest.name,
    reason: replaced === undefined ? 'new' : 'deleted outside',
    manifest,
    place: manifest.place,
    members: shownMembers(spelledOut(members, undefined, body), manifest),
    unchanged,
    before: context.namesakes(manifest.name),
    ...(intent === undefined ? {} : { intent }),
    ...(replaced === undefined ? {} : { replaces: replaced.id }),
    ...(namesTakenByOthers.length === 0 ? {} : { namesTakenByOthers }),
    ...(held === undefined ? {} : { heldFingerprint: held }),
  };
  return [change];
}

/** What may have to be created again, once a second look is sure. */
function decideMissing({ manifest, entry }: Pairing & { kind: 'missing' }, context: DecisionContext): Decision {
  const message = missingMessage(entry, context.absences.get(entry.id), context);
  const skip = { reason: 'missing', name: manifest.name, id: entry.id, place: manifest.place, message } as const;
  // A pin means this very application and no other: nothing will be created in its place.
  if (manifest.id !== undefined) return [manifest.reconcile === 'paused' ? pausedSkip(manifest, undefined) : skip];
  return decideCreate(manifest, entry, context).map((decided) =>
    isChange(decided) ? { ...skip, change: decided } : decided,
  );
}

/** Applications by their names as people read them, and the names that manifests have. */
export function named(
  pairings: readonly Pairing[],
  applications: readonly Application[],
): Pick<DecisionContext, 'namesakes' | 'names'> {
  let byName: ReadonlyMap<string, readonly Application[]> | undefined; // most plans create and adopt nothing
  const namesakes = (wanted: string) => {
    byName ??= groupBy(applications, ({ name }) => foldName(name));
    return (byName.get(foldName(wanted)) ?? []).map(({ id }) => id).sort();
  };
  return {
    namesakes,
    names: new Set(pairings.map(({ manifest }) => manifest.name)),
  };
}

function decideAdopt(pairing: Pairing & { kind: 'found' }, context: DecisionContext): Decision {
  const { manifest, application, via } = pairing;
  const { owned, policy } = context;
  const intents = via === 'id' ? [] : intentsFor(owned, [manifest.name, ...(manifest.formerly ?? [])]);
  if (intents.some(({ postedAt, before }) => postedAt !== undefined && !before.includes(application.id))) {
    const message = `an application named "${application.name}" appeared after a create whose response was lost, and its key is not managed: if it is the created one, add "id: ${application.id}" to metadata; otherwise remove or rename it`;
    return [conflict(manifest, message, [application.id])];
  }
  const { members, unchanged, wanted } = differencesOf(manifest, application, policy);
  const change: AdoptChange = {
    action: 'adopt',
    ...changeOfLive(manifest, application, { members, wanted }),
    unchanged,
    reason: adoptReasons[via],
    losses: overlayLosses(manifest, application.body, policy),
    ...(pairing.missingEntry === undefined ? {} : { replaces: pairing.missingEntry.id }),
    namesakes: context.namesakes(manifest.name).filter((id) => id !== application.id),
  };
  return manifest.reconcile === 'paused' ? [pausedSkip(manifest, change)] : [change];
}

const adoptReasons: Readonly<Record<FoundVia, ChangeReason>> = {
  id: 'pinned by id',
  name: 'same name',
  formerly: 'earlier name',
};

/** Whether the live key of an owned application is another than the one whose private half we hold. */
export function hasForeignKey(manifest: Manifest, application: Application, entry: LedgerEntry): boolean {
  if (!entry.keyGenerated || entry.keyFingerprint === undefined || manifest.spec.keys !== undefined) return false;
  const { public_key: live } = objectMember(canonical(application.body), 'keys');
  return live !== undefined && live !== entry.keyFingerprint && live !== entry.nextKeyFingerprint;
}
