import type { Application, ApplicationId, LiveState } from '../application/application.ts';
import { overlayLosses } from '../application/overlay.ts';
import { compareTexts } from '../compare.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import { nameMatcher } from '../name-glob.ts';
import { type Pairing, pairManifests } from '../plan/pairing.ts';
import type { Policy } from '../plan/policy.ts';
import { liveFingerprint } from './intents.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { protectedEntry } from './protected-entry.ts';

/** What a ledger is rebuilt from. */
export interface RebuildInput {
  readonly desired: DesiredState;
  /** With the public keys of all applications. */
  readonly live: LiveState;
  /** What is known already: nothing of it is taken away. */
  readonly owned: Ledger;
  readonly policy: Policy;
  /** Fingerprints of the private keys in the key directory. */
  readonly keys: readonly string[];
}

/** Why an application is taken to be ours. */
type Evidence = 'private key available' | 'pinned by id' | 'same name';

/** An entry to be written, and the application it is about. */
export interface ProposedEntry {
  readonly entry: LedgerEntry;
  readonly application: Application;
  readonly evidence: Evidence;
}

/** Something that was looked at and is not proposed. */
interface LeftOut {
  readonly name: string;
  readonly ids: readonly ApplicationId[];
  /** One sentence for people. */
  readonly message: string;
}

/** What a ledger would be rebuilt to. */
export interface Proposal {
  /** By name. */
  readonly entries: readonly ProposedEntry[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Entries for what is surely ours: applications that carry a public key whose private half we hold (created), and those that
 * manifests pin or name, each exactly one (adopted). What the lost ledger said of deletion is lost with it, so every entry says
 * `protect`: no pass deletes the application before one has seen its manifest and recorded what that says.
 */
export function proposeLedger(given: RebuildInput): Proposal {
  const input = { ...given, live: inScope(given) };
  const byKey = ofKeys(input);
  const known = new Map([...input.owned.entries, ...byKey.entries.map(({ entry }) => [entry.id, entry] as const)]);
  const pairings = pairManifests({
    ...input,
    manifests: input.desired.manifests,
    owned: { ...input.owned, entries: known },
    absences: new Map(),
  });
  const byManifest = pairings.flatMap((pairing) => ofManifest(pairing, input));
  const places = new Map(pairings.flatMap(placeOf));
  const entries = [
    ...byKey.entries.map((one) => placed(one, places.get(one.entry.id))),
    ...byManifest.filter(isProposed),
  ];
  return {
    entries: entries.toSorted((one, other) => compare(one.entry, other.entry)),
    leftOut: [...byKey.leftOut, ...byManifest.filter(isLeftOut)],
  };
}

function isProposed(one: ProposedEntry | LeftOut): one is ProposedEntry {
  return 'entry' in one;
}

function isLeftOut(one: ProposedEntry | LeftOut): one is LeftOut {
  return 'ids' in one;
}

function inScope({ live, owned, policy }: RebuildInput): LiveState {
  if (policy.scopeNames.length === 0) return live;
  const matches = nameMatcher(policy.scopeNames);
  return { ...live, applications: live.applications.filter(({ id, name }) => owned.entries.has(id) || matches(name)) };
}

/** Key pairs are the strongest evidence: nobody else has them. Two applications with one pair are none, nor is a pair that is retired. */
function ofKeys({ keys, live, owned }: RebuildInput): Proposal {
  const unowned = live.applications.filter(({ id }) => !owned.entries.has(id));
  const entries: ProposedEntry[] = [];
  const leftOut: LeftOut[] = [];
  const retired = new Set(owned.retired.map(({ fingerprint }) => fingerprint));
  for (const fingerprint of keys.filter((key) => !retired.has(key))) {
    const [application, ...others] = unowned.filter((candidate) => liveFingerprint(candidate) === fingerprint);
    if (application === undefined) continue;
    if (others.length === 0) {
      const entry = {
        ...protectedEntry(application),
        origin: 'created',
        keyFingerprint: fingerprint,
        keyGenerated: true,
      } as const;
      entries.push({ entry, application, evidence: 'private key available' });
    } else {
      const ids = [application, ...others].map(({ id }) => id);
      leftOut.push({ name: application.name, ids, message: 'several applications have the same managed key' });
    }
  }
  return { entries, leftOut };
}

function ofManifest(pairing: Pairing, input: RebuildInput): readonly (ProposedEntry | LeftOut)[] {
  const { manifest } = pairing;
  if (pairing.kind === 'conflict') return [{ name: manifest.name, ids: pairing.candidates, message: pairing.message }];
  if (pairing.kind !== 'found' || pairing.via === 'formerly') return [];
  const { application, via } = pairing;
  const losses = overlayLosses(manifest, application.body, input.policy);
  if (losses.length > 0) {
    const message = `adopting it would remove what the manifest does not declare (${losses.join(', ')}): run apply to adopt it`;
    return [{ name: manifest.name, ids: [application.id], message }];
  }
  const fingerprint = liveFingerprint(application);
  const key = fingerprint === undefined ? {} : { keyFingerprint: fingerprint };
  const entry = { ...protectedEntry(application), ...key, name: manifest.name, file: manifest.place.file };
  return [{ entry, application, evidence: via === 'id' ? 'pinned by id' : 'same name' }];
}

function placeOf(pairing: Pairing): readonly (readonly [ApplicationId, Manifest])[] {
  return pairing.kind === 'owned' ? [[pairing.application.id, pairing.manifest]] : [];
}

/** The manifest's file is known to what is held while that file cannot be read. */
function placed(proposed: ProposedEntry, manifest: Manifest | undefined): ProposedEntry {
  if (manifest === undefined) return proposed;
  return { ...proposed, entry: { ...proposed.entry, name: manifest.name, file: manifest.place.file } };
}

function compare(one: LedgerEntry, other: LedgerEntry): number {
  return compareTexts(one.name, other.name) || compareTexts(one.id, other.id);
}
