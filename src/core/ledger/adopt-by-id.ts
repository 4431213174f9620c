import type { Application, LiveState } from '../application/application.ts';
import { oddField, oddMessage } from '../application/odd-field.ts';
import { overlayLosses } from '../application/overlay.ts';
import { foldName } from '../fold-name.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import { nameMatcher } from '../name-glob.ts';
import { pairManifests } from '../plan/pairing.ts';
import type { Policy } from '../plan/policy.ts';
import { brokenManifestNear } from './find-owned.ts';
import { intentsFor, liveFingerprint } from './intents.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { protectedEntry } from './protected-entry.ts';

/** What an adoption that a person asks for is judged by. */
export interface AdoptionFacts {
  readonly manifest: Manifest;
  /** As it is now, with its public key. */
  readonly application: Application;
  readonly desired: DesiredState;
  readonly live: LiveState;
  readonly owned: Ledger;
  readonly policy: Policy;
  /** Fingerprints of the private keys in the key directory. */
  readonly keys: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The entry to be recorded, or why not: one sentence for people. */
export type Adoption = { readonly entry: LedgerEntry } | { readonly refused: string };

/** Whether a manifest may take over the application that a person names, and the entry that says so. */
export function adoptById(facts: AdoptionFacts): Adoption {
  for (const rule of rules) {
    const refused = rule(facts);
    if (refused !== undefined) return { refused };
  }
  return { entry: entryOf(facts) };
}

type Rule = (facts: AdoptionFacts) => string | undefined;

const rules: readonly Rule[] = [
  ({ manifest, application }) =>
    manifest.id === undefined || manifest.id === application.id
      ? undefined
      : `its manifest (${placeOf(manifest)}) pins ${manifest.id}: change or remove that id first`,
  ({ owned, application }) => {
    const entry = owned.entries.get(application.id);
    return entry && `"${entry.name}" is managed with that id: release it first, once no manifest names it`;
  },
  ({ owned, manifest }) => {
    const names = [manifest.name, ...(manifest.formerly ?? [])];
    const entry = [...owned.entries.values()].find(({ name }) => names.includes(name));
    return entry && `the ledger has ${entry.id} for it ("${entry.name}"): release that one first`;
  },
  ({ owned, manifest }) =>
    intentsFor(owned, [manifest.name, ...(manifest.formerly ?? [])]).length === 0
      ? undefined
      : 'a create of it was begun and is not resolved yet: run apply first',
  ({ manifest, application, desired, live, owned, policy }) => {
    const others = desired.manifests.filter((one) => one !== manifest);
    const pairings = pairManifests({ manifests: others, live, owned, policy, absences: new Map() });
    const claim = pairings.find((pairing) =>
      pairing.kind === 'conflict'
        ? pairing.candidates.includes(application.id)
        : pairing.kind === 'found' && pairing.application.id === application.id,
    );
    return claim && `manifest "${claim.manifest.name}" (${placeOf(claim.manifest)}) refers to that application, too`;
  },
  ({ manifest, application, desired }) => {
    const near = [application.name, manifest.name].flatMap(
      (name) => brokenManifestNear(desired, { ...protectedEntry(application), name, file: manifest.place.file }) ?? [],
    );
    return near[0] && `an invalid manifest may refer to it: fix ${near[0]} first`;
  },
  ({ application, policy: { scopeNames } }) =>
    scopeNames.length === 0 || nameMatcher(scopeNames)(application.name)
      ? undefined
      : `"${application.name}" is outside scope.names`,
  ({ application }) => {
    const odd = oddField(application.body);
    return odd && oddMessage(odd);
  },
  ({ manifest, application, policy }) => {
    const losses = overlayLosses(manifest, application.body, policy);
    return losses.length === 0
      ? undefined
      : `its manifest does not declare ${losses.join(', ')}, so the next apply would remove it: declare it, or see what plan says`;
  },
];

function placeOf({ place }: Manifest): string {
  return `${place.file}:${place.line}`;
}

function entryOf({ manifest, application, live, keys, now }: AdoptionFacts): LedgerEntry {
  const fingerprint = liveFingerprint(application);
  const namesakes = live.applications.filter(
    ({ id, name }) => id !== application.id && foldName(name) === foldName(manifest.name),
  );
  return {
    ...protectedEntry(application),
    name: manifest.name,
    file: manifest.place.file,
    boundAt: now,
    ...(fingerprint === undefined ? {} : { keyFingerprint: fingerprint, keyGenerated: keys.includes(fingerprint) }),
    ...(namesakes.length === 0 ? {} : { namesakes: namesakes.map(({ id }) => id).sort() }),
  };
}
