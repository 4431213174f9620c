import type { Application } from '../application/application.ts';
import type { Difference } from '../application/diff.ts';
import { listingDoubt } from '../application/listing-doubt.ts';
import { spelledOut } from '../application/spelled-out.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { shownMembers } from '../redact/shown-members.ts';
import { settleMsOf } from './absence.ts';
import { foughtPaths } from './drift-fight.ts';
import { changeOfLive, differencesOf, pausedSkip } from './live-change.ts';
import type { Change, ChangeReason, MemberChange, Skip, UpdateChange } from './plan.ts';
import type { Policy } from './policy.ts';
import { fieldsAfterReading, isProof, type Reading, type Verdict, verdictOf } from './proof.ts';

/** A manifest and the application it means, which we own. */
export interface OwnedPairing {
  readonly manifest: Manifest;
  readonly application: Application;
  readonly entry: LedgerEntry;
}

/** What the decision about an owned application looks at beside it. */
export interface UpdateContext extends Reading {
  readonly policy: Policy;
  readonly healFights: boolean;
}

/** The change that makes an owned application as its manifest says, and what of it is left alone. */
export function decideUpdate(pairing: OwnedPairing, context: UpdateContext): readonly (Change | Skip)[] {
  const { manifest, application } = pairing;
  const whole = differencesOf(manifest, application, context.policy);
  const judged = judge(pairing, whole.members, context);
  const carried = [...judged.normalised, ...judged.unproven].map(({ path }) => path);
  const left = [...carried, ...judged.fought.map(({ path }) => path)];
  const narrowed = left.length === 0 ? manifest : { ...manifest, ignore: [...manifest.ignore, ...left] };
  const { members, unchanged, wanted } =
    left.length === 0 ? whole : differencesOf(narrowed, application, context.policy);
  const shown = (differences: readonly Difference[]) =>
    shownMembers(spelledOut(differences, application.body, whole.wanted), manifest);
  const skips = [
    ...normalisedSkip(pairing, shown(judged.normalised)),
    ...unprovenSkip(pairing, shown(judged.unproven), context),
    ...fightSkip(pairing, judged.fought, shown(judged.fought)),
  ];
  if (members.length === 0) return skips.length > 0 ? skips : [unchangedSkip(manifest, application)];
  const again = judged['not kept'].map(({ path }) => path);
  const { normalised, unproven } = fieldsAfterReading(pairing, whole.members, context);
  const change: UpdateChange = {
    action: 'update',
    ...changeOfLive(narrowed, application, { members, wanted }),
    unchanged,
    reason: reasonOf(
      pairing,
      members.every(({ path }) => again.includes(path)),
    ),
    ...(normalised.length + unproven.length === 0 ? {} : { known: { normalised, unproven } }),
    ...(carried.length === 0 ? {} : { carried }),
    ...(again.length === 0 ? {} : { again }),
  };
  return [...skips, manifest.reconcile === 'paused' ? pausedSkip(manifest, change) : change];
}

type Judged = Readonly<Record<Verdict | 'fought', readonly Difference[]>>;

function judge(pairing: OwnedPairing, differences: readonly Difference[], context: UpdateContext): Judged {
  const { manifest, entry } = pairing;
  const proof = isProof(entry, context);
  const isFight = manifest.hash === entry.appliedHash && !context.healFights;
  const fought = isFight ? foughtPaths(entry, context.now) : new Set<string>();
  const judged: Record<Verdict | 'fought', Difference[]> = {
    ordinary: [],
    unproven: [],
    'not kept': [],
    normalised: [],
    fought: [],
  };
  for (const difference of differences) {
    const verdict = verdictOf(difference, pairing, proof);
    judged[verdict === 'ordinary' && fought.has(difference.path) ? 'fought' : verdict].push(difference);
  }
  return judged;
}

function reasonOf({ manifest, entry }: OwnedPairing, isAgain: boolean): ChangeReason {
  if (manifest.hash === entry.appliedHash) return isAgain ? 'not kept' : 'drift';
  return entry.name === manifest.name ? 'manifest changed' : 'renamed';
}

function normalisedSkip({ manifest, application }: OwnedPairing, members: readonly MemberChange[]): readonly Skip[] {
  if (members.length === 0) return [];
  const message = 'the server changes these fields: declare the values it returns, or add them to metadata.ignore';
  return [{ reason: 'normalized', name: manifest.name, id: application.id, place: manifest.place, message, members }];
}

function unprovenSkip(
  { manifest, application }: OwnedPairing,
  members: readonly MemberChange[],
  { live, policy }: Reading,
): readonly Skip[] {
  if (members.length === 0) return [];
  const seconds = Math.ceil(settleMsOf(policy) / 1000);
  const why = listingDoubt(live) ?? `written less than ${seconds} s ago, and the API may still show earlier values`;
  const message = `${why}: a later read shows whether these fields were stored`;
  return [{ reason: 'unproven', name: manifest.name, id: application.id, place: manifest.place, message, members }];
}

function fightSkip(
  { manifest, application }: OwnedPairing,
  disputed: readonly Difference[],
  members: readonly MemberChange[],
): readonly Skip[] {
  if (disputed.length === 0) return [];
  const paths = disputed.map(({ path }) => path).join(', ');
  const message = `another writer keeps changing ${paths} back: healed 3 times within an hour, now left unchanged until the manifest changes or apply is run manually`;
  return [
    {
      reason: 'blocked',
      guard: 'fight',
      name: manifest.name,
      id: application.id,
      place: manifest.place,
      message,
      members,
    },
  ];
}

function unchangedSkip(manifest: Manifest, application: Application): Skip {
  return { reason: 'unchanged', name: manifest.name, id: application.id, place: manifest.place, message: '' };
}
